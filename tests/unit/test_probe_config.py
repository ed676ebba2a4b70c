from __future__ import annotations

from pathlib import Path

import pytest

from probe.config import ProbeConfig, load_config
from probe.post import CollectorClient
from schema.errors import ConfigError

LEAST = f'probe = "mi-01"\ncollector = "http://127.0.0.1:8480"\ncollector_key = "{"0" * 64}"\n'


def load_config_of(folder: Path, more: str) -> ProbeConfig:
    path = folder / "probe.toml"
    path.write_text(LEAST + more)
    return load_config(path)


def test_every_setting_can_be_written(tmp_path: Path) -> None:
    """Paths among them, which TOML has no type for, and whole numbers where seconds have a point."""
    config = load_config_of(
        tmp_path,
        'state = "/srv/probe"\ntrust = "/etc/ssl/some.pem"\nanswer_window_s = 3\nsettle_s = 0\n'
        "spool_quota_bytes = 1000\nendpoint_interval_s = 2\nresolver_interval_s = 0.5\nbreaker_failures = 0\n"
        "in_flight = 10\nlab = false\n",
    )
    assert config.state == Path("/srv/probe")
    assert config.trust == Path("/etc/ssl/some.pem")
    assert config.pace == (2.0, 0.5, 0)
    assert config.window == (3.0, 0.0)


@pytest.mark.parametrize(
    "line",
    [
        "in_flight = 0",
        "in_flight = true",
        "answer_window_s = 0",
        "answer_window_s = nan",
        "answer_window_s = inf",
        "endpoint_interval_s = -1",
        "endpoint_interval_s = 0",
        "resolver_interval_s = 0",
        "breaker_failures = -1",
        "spool_quota_bytes = 0",
        'state = ""',
        "state = 5",
        'tpyo = "x"',
    ],
)
def test_a_slip_of_the_pen_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match=r"probe\.toml"):
        load_config_of(tmp_path, line)


def test_only_a_lab_asks_without_a_ceiling(tmp_path: Path) -> None:
    config = load_config_of(tmp_path, "lab = true\nendpoint_interval_s = 0\nresolver_interval_s = 0\nsettle_s = 0.25\n")
    assert config.pace[:2] == (0.0, 0.0)
    assert config.window.settle_s == 0.25


@pytest.mark.parametrize("key", ["", "00", "zz" * 32])
def test_a_key_that_is_none(tmp_path: Path, key: str) -> None:
    path = tmp_path / "probe.toml"
    path.write_text(LEAST.replace("0" * 64, key))
    with pytest.raises(ConfigError):
        load_config(path)


@pytest.mark.parametrize(
    "url", ["", "collector", "ftp://127.0.0.1", "http://", "http://[::1", "http://127.0.0.1:99999"]
)
def test_a_collector_that_is_no_address(url: str) -> None:
    with pytest.raises(ConfigError, match="not an address"):
        CollectorClient(url)


def test_authorities_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="trust"):
        CollectorClient("https://127.0.0.1", trust=str(tmp_path / "none.pem"))
