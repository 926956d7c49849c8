"""The long harnesses in short: reading along, surviving kills, and that the checks can fail."""

from pathlib import Path

from tests.log import harness_followers, harness_kills


def test_followers_see_everything_once_while_appenders_are_killed(
    database_url: str, tmp_path: Path
) -> None:
    result = harness_followers.run(database_url, tmp_path, 1500, 1.0)
    assert result.sound, result
    assert result.verdict.events >= 1500


def test_a_naive_follower_skips_events(database_url: str) -> None:
    assert harness_followers.naive(database_url, 900) > 0


def test_nothing_is_lost_or_doubled_when_service_and_server_are_killed(tmp_path: Path) -> None:
    result = harness_kills.run(tmp_path, 4, in_recovery=False)
    assert result.verdict.sound, result
    assert result.verdict.answered > 0
