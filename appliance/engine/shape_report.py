"""The tables of ``ternd bench --shape``: speeds, ratios to the peer, what each lever gains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from appliance.engine.memory_bench import GRAMMAR_ROWS
from appliance.engine.shape_bench import DRAFT, PROMPTS, Report, Speed, rates
from appliance.engine.variants import SHORT


def render(report: Report) -> str:
    """The tables of a report."""
    lines = [f"{report.title}: synthetic weights of its shape; load of this machine at the start {report.load:.1f}"]
    lines += [
        f"reading memory, {n} thread{'s' * (n > 1)}: {speed:.1f} GB/s" for n, speed in report.bandwidth_gbs.items()
    ]
    prompts = "".join(f"{n:>7}" for n in PROMPTS)
    row = "{:<17} {:<12} {:>2} |{:>6} |{:>8} {:>6} |{:>8} {:>6} |{} |{:>8} {:>7} |{:>7}"
    lines += [
        "",
        "memory read between tokens in GB/s, decode and prefill in tokens/s, median share of the rate around each token,",
        "first token of 501 in ms (saved: 500 of them)",
        row.format("", "", "", "GB/s", "free", "share", "grammar", "share", prompts, "first", "saved", "peak MB"),
    ]
    for speed in report.speeds:
        cells = (
            f"{speed.bandwidth_gbs:.1f}",
            f"{1000 / speed.full_ms:.2f}",
            f"{speed.full_share:.0%}",
            f"{1000 / speed.grammar_ms:.2f}",
            f"{speed.grammar_share:.0%}",
        )
        first = (f"{speed.first_token_ms:.0f}", f"{speed.first_token_saved_ms:.1f}", f"{speed.peak_mb:.0f}")
        name = (f"ternd {speed.isa if speed.held else 'mapped'}"[:17], speed.variant, speed.n_threads)
        lines.append(row.format(*name, *cells, rates(speed.prefill_ms), *first))
    for figures in report.peers:
        name = ("llama.cpp", figures.file, figures.n_threads)
        cells = ("", f"{1000 / figures.decode_ms:.2f}", "", "", "")
        lines.append(row.format(*name, *cells, rates(figures.prefill_ms), "", "", f"{figures.peak_mb:.0f}"))
    lines += ["", *_ratios(report)]
    lines += [
        f"bytes a token, {s.variant}: {s.ternary_mb:.0f} MB ternary, {s.head_mb:.0f} MB of a full head"
        for s in _once(report)
    ]
    lines += [f"memory, {m.variant}: {m.what}: peak {m.peak_mb:.0f} MB of the whole process" for m in report.memory]
    shares = next((speed.zero_shares for speed in report.speeds if speed.zero_shares), ())
    if shares:
        lines.append("zero inputs of down, layer by layer, in %: " + " ".join(f"{100 * share:.0f}" for share in shares))
    lines += ["", "what each lever gains here, against the same without it", *_levers(report)]
    lines += [f"compared with {figures.engine}, a context of {figures.n_ctx} tokens" for figures in report.peers[:1]]
    return "\n".join(lines)


def _once(report: Report) -> list[Speed]:
    """One speed of each variant."""
    return list({speed.variant: speed for speed in report.speeds}.values())


def _ratios(report: Report) -> Iterator[str]:
    """The best of ternd over the best of the peer, column by column, at the peer's number of threads."""
    if not report.peers:
        return
    n = report.peers[0].n_threads
    ours = [speed for speed in report.speeds if speed.n_threads == n]
    decode = min(figures.decode_ms for figures in report.peers)
    for short, what in ((False, "free text"), (True, "free text with a shortlist")):
        if some := [speed.full_ms for speed in ours if speed.is_short == short]:
            yield f"{what}: {decode / min(some):.2f} times the peer's best"
    yield f"under a grammar: {decode / min(s.grammar_ms for s in ours):.2f} times the peer's best"
    for prompt in PROMPTS:
        theirs = [figures.prefill_ms[prompt] for figures in report.peers if prompt in figures.prefill_ms]
        mine = [speed.prefill_ms[prompt] for speed in ours if prompt in speed.prefill_ms]
        if theirs and mine:
            yield f"prefill of {prompt}: {min(theirs) / min(mine):.2f} times the peer's best"
    for variant, duel in report.duels:
        yield (
            f"{variant} and the peer in turns, {duel.task}: {duel.ratio:.2f} times as fast ({duel.low:.2f} to {duel.high:.2f} "
            f"for the middle half; {duel.first_ms:.1f} and {duel.second_ms:.1f} ms)"
        )


def _levers(report: Report) -> Iterator[str]:
    """What is gained by each, in ratios within this run: of the first variant with the most threads, unless a line says otherwise."""
    most = max(speed.n_threads for speed in report.speeds)
    base = next(speed for speed in report.speeds if speed.n_threads == most)
    packing, compared = base.variant.partition("+")[0], set[str]()
    for speed in report.speeds:
        other_packing = speed.variant.partition("+")[0]
        if not speed.held:
            ratio = speed.full_ms / base.full_ms
            yield f"weights in huge pages instead of mapped: a token {ratio:.2f} times as fast"
        elif speed.variant == base.variant and speed.isa == base.isa and speed.n_threads != most:
            yield f"{most} threads instead of {speed.n_threads}: a step {speed.step_ms / base.step_ms:.2f} times as fast"
        elif speed.variant == base.variant and speed.isa != base.isa:
            yield f"{base.isa} instead of {speed.isa}: a step {speed.step_ms / base.step_ms:.2f} times as fast"
        elif speed.is_short:
            whole = [s for s in report.speeds if s.held and s.n_threads == most and s.variant + SHORT == speed.variant]
            for other in whole:
                share, ratio = speed.head_mb / other.head_mb, other.full_head_ms / speed.full_head_ms
                yield f"a shortlist for {other.variant}: {share:.2f} of the head's bytes, all its logits {ratio:.2f} times as fast"
        elif speed.n_threads == most and other_packing not in {packing, *compared}:  # a step has nothing of the head
            compared.add(other_packing)
            share, ratio = speed.ternary_mb / base.ternary_mb, base.step_ms / speed.step_ms
            yield f"{other_packing} instead of {packing}: {share:.2f} of the bytes, a step {ratio:.2f} times as fast"
    yield f"{GRAMMAR_ROWS} rows of the head instead of all: a token {base.full_ms / base.grammar_ms:.2f} times as fast"
    for n, taken in base.prefill_ms.items():
        yield f"a prompt of {n} in batches: {n * base.step_ms / taken:.2f} times as fast as token by token"
    saved, anew = base.first_token_saved_ms / base.grammar_ms, base.first_token_ms / base.grammar_ms
    yield f"a saved prefix: the first token after {saved:.1f} decoding steps instead of {anew:.1f}"
    ratio = DRAFT * base.full_ms / base.draft_ms
    yield f"drafting: {DRAFT - 1} right guesses make these tokens {ratio:.2f} times as fast"


def as_json(report: Report) -> dict[str, object]:
    """The report for scripts."""
    return asdict(report)
