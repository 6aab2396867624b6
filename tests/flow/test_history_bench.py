"""The bench of readings accounts for each of them, on a real Mosquitto and a whole daemon."""

from __future__ import annotations

from dataclasses import replace

from appliance.history_report import RATE, bench, bench_words


def test_of_each_reading_it_is_known_what_became_of_it() -> None:
    report = bench(2.0)
    assert report.sent >= RATE, "half of what is offered, however busy the machine is"
    assert report.taken + report.dropped + report.repeated + report.shed + report.lost == report.sent
    assert report.taken > 0
    if report.reconnects == 0:
        assert report.lost == 0
        assert "lost" not in bench_words(report)
    odd = replace(report, taken=report.taken - 3, lost=3, reconnects=1, repeated=2)
    assert "2 taken for copies, 3 lost; the connection to the broker was lost once" in bench_words(odd)
