-- Run once, before the cluster has its final name. Each statement ends with a blank line.

-- The program's own role. CREATEROLE: its migrations make analyst_reader. Not a superuser: maintenance is for postgres.
CREATE ROLE ottempera LOGIN CREATEROLE PASSWORD '{ottempera}';

-- Owned, so that trusted extensions and schemas can be made without a superuser.
CREATE DATABASE ottempera OWNER ottempera;

