-- What the migrations and views come to, one line a thing, in an order of its own: the same on every version of Postgres.
-- Left out: partitions (a day each), texts of views (spelled differently by version), NOT NULL as constraints (only
-- since 18; the columns say it), and what an owner may do anyway.
WITH shown AS (
    SELECT class.oid, class.relkind, class.relowner, class.relacl, format('%I.%I', space.nspname, class.relname) AS title
    FROM pg_catalog.pg_class AS class
    INNER JOIN pg_catalog.pg_namespace AS space ON space.oid = class.relnamespace
    WHERE space.nspname IN ('ledger', 'derived', 'analyst') AND NOT class.relispartition AND class.relkind IN ('r', 'p', 'v')
),
parts (title, place, line) AS (
    SELECT format('%I', space.nspname), 0,
        format('SCHEMA %I -- %s', space.nspname, obj_description(space.oid, 'pg_namespace'))
    FROM pg_catalog.pg_namespace AS space
    WHERE space.nspname IN ('ledger', 'derived', 'analyst')

    UNION ALL
    SELECT shown.title, 0,
        format(
            '%s %s -- %s',
            CASE shown.relkind WHEN 'v' THEN 'VIEW' WHEN 'p' THEN 'PARTITIONED TABLE' ELSE 'TABLE' END,
            shown.title,
            obj_description(shown.oid, 'pg_class'))
    FROM shown

    UNION ALL
    SELECT shown.title, attribute.attnum,
        format(
            '    %I %s%s%s%s -- %s',
            attribute.attname,
            format_type(attribute.atttypid, attribute.atttypmod),
            CASE WHEN attribute.attnotnull THEN ' NOT NULL' ELSE '' END,
            CASE
                WHEN attribute.attidentity <> '' THEN ' IDENTITY'
                WHEN attribute.attgenerated <> '' THEN ' GENERATED ' || pg_get_expr(value.adbin, value.adrelid)
                WHEN value.adbin IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(value.adbin, value.adrelid)
                ELSE ''
            END,
            CASE WHEN attribute.attstorage <> type.typstorage THEN ' STORAGE ' || attribute.attstorage::text ELSE '' END,
            col_description(shown.oid, attribute.attnum))
    FROM shown
    INNER JOIN pg_catalog.pg_attribute AS attribute
        ON attribute.attrelid = shown.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
    INNER JOIN pg_catalog.pg_type AS type ON type.oid = attribute.atttypid
    LEFT JOIN pg_catalog.pg_attrdef AS value ON value.adrelid = shown.oid AND value.adnum = attribute.attnum

    UNION ALL
    SELECT shown.title, 1001, format('    CONSTRAINT %I %s', rule.conname, pg_get_constraintdef(rule.oid))
    FROM shown
    INNER JOIN pg_catalog.pg_constraint AS rule ON rule.conrelid = shown.oid AND rule.contype <> 'n'

    UNION ALL
    SELECT shown.title, 1002,
        format('    %s -- %s', pg_get_indexdef(listed.indexrelid), obj_description(listed.indexrelid, 'pg_class'))
    FROM shown
    INNER JOIN pg_catalog.pg_index AS listed ON listed.indrelid = shown.oid
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS rule WHERE rule.conindid = listed.indexrelid)

    UNION ALL
    SELECT shown.title, 1003, format('    %s', pg_get_triggerdef(fires.oid))
    FROM shown
    INNER JOIN pg_catalog.pg_trigger AS fires ON fires.tgrelid = shown.oid AND NOT fires.tgisinternal

    UNION ALL
    SELECT shown.title, 1004,
        format('    GRANT %s TO %s', given.privilege_type, coalesce(role.rolname, 'PUBLIC'))
    FROM shown
    CROSS JOIN LATERAL aclexplode(shown.relacl) AS given
    LEFT JOIN pg_catalog.pg_roles AS role ON role.oid = given.grantee
    WHERE given.grantee <> shown.relowner

    UNION ALL
    SELECT format('%I', space.nspname), 1,
        format('    GRANT %s TO %s', given.privilege_type, coalesce(role.rolname, 'PUBLIC'))
    FROM pg_catalog.pg_namespace AS space
    CROSS JOIN LATERAL aclexplode(space.nspacl) AS given
    LEFT JOIN pg_catalog.pg_roles AS role ON role.oid = given.grantee
    WHERE space.nspname IN ('ledger', 'derived', 'analyst') AND given.grantee <> space.nspowner

    UNION ALL
    SELECT format('%I.%I', space.nspname, routine.proname), 0,
        format(
            'FUNCTION %I.%I(%s) RETURNS %s -- %s',
            space.nspname,
            routine.proname,
            pg_get_function_identity_arguments(routine.oid),
            pg_get_function_result(routine.oid),
            obj_description(routine.oid, 'pg_proc'))
    FROM pg_catalog.pg_proc AS routine
    INNER JOIN pg_catalog.pg_namespace AS space ON space.oid = routine.pronamespace
    WHERE space.nspname IN ('ledger', 'derived', 'analyst')

    UNION ALL
    SELECT format('%I.%I', space.nspname, routine.proname), 1,
        format('    GRANT %s TO %s', given.privilege_type, coalesce(role.rolname, 'PUBLIC'))
    FROM pg_catalog.pg_proc AS routine
    INNER JOIN pg_catalog.pg_namespace AS space ON space.oid = routine.pronamespace
    CROSS JOIN LATERAL aclexplode(routine.proacl) AS given
    LEFT JOIN pg_catalog.pg_roles AS role ON role.oid = given.grantee
    WHERE space.nspname IN ('ledger', 'derived', 'analyst') AND given.grantee <> routine.proowner
)
SELECT line FROM parts ORDER BY title COLLATE "C", place, line COLLATE "C";
