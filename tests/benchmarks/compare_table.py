"""The JSON lines of compare.sh as Markdown tables, one a number of threads: kcpp, the best peer, the limit, and the ratios.

Usage: compare_table.py lines.jsonl
"""
import collections
import json
import re
import statistics
import sys

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
# Steps of probe.cpp -> workload, how often the workload runs the step.
PROBE = {"W1 tiny train step": ("W1 tiny fit, 1000 epochs", 1000), "W2 MLP train step": ("W2 MLP epoch", 469), "W3 CNN train step": ("W3 CNN epoch", 469)}
MEMORY = ("W3 CNN epoch", "W5 resnet20 train step b128", "W5 resnet50 train step b16", "W7 resnet50 b32")  # W9


def limit_of(record):
    """(workload, factor) of one of probe's lines, or None."""
    name, metric = record["workload"], record["metric"]
    if "huge pages" in metric:
        return None
    if name in PROBE:
        return PROBE[name]
    if name.startswith("W4 ") or name.startswith("W6 "):
        return name + " " + metric.split(" (")[0], 1
    if name.startswith("W7 "):
        return name.replace(" predict", ""), 1
    return name, 1


def is_limit(peer):
    return peer in ("onednn", "own c++") or peer.startswith("onednn ")


def number(v):
    return "%.3g" % v if v < 100 else "%.0f" % v


class Figures:
    """What was measured, by (threads, workload, peer), in seconds and MB."""

    def __init__(self, path):
        self.times = collections.defaultdict(list)
        self.least, self.memory, self.units = {}, {}, {}
        self.limits, self.limit_memory = {}, {}  # by (threads, workload)
        for line in open(path):
            try:
                self.add(json.loads(line))
            except ValueError:
                print("not JSON: " + line.strip()[:100], file=sys.stderr)

    def add(self, r):
        if r["unit"] not in SECONDS:
            return
        unit = SECONDS[r["unit"]]
        if is_limit(r["peer"]):
            found = limit_of(r)
            if found:
                self.add_limit((r["threads"], found[0]), r["value"] * unit * found[1], r["rss_mb"])
                if found[0] == "W4 lstm predict b1":
                    self.add_limit((r["threads"], "W7 lstm b1"), r["value"] * unit, r["rss_mb"])
            return
        key = (r["threads"], r["workload"], r["peer"])
        self.times[key].append(r["value"] * unit)
        self.least[key] = min(self.least.get(key, 1e9), r.get("min", r["value"]) * unit)
        self.memory[key] = max(self.memory.get(key, 0), r.get("rss_mb", 0))
        self.units.setdefault(r["workload"], r["unit"])

    def add_limit(self, key, seconds, mb):
        self.limits[key] = min(self.limits.get(key, 1e9), seconds)
        self.limit_memory[key] = min(self.limit_memory.get(key, 1e9), mb)

    def median(self, key):
        return statistics.median(self.times[key])

    def runs(self, threads, workload, wanted):
        """The keys of a workload whose peer is wanted, the fastest first."""
        return sorted((k for k in self.times if k[:2] == (threads, workload) and wanted(k[2])), key=self.median)

    def cell(self, key):
        unit = SECONDS[self.units[key[1]]]
        return "%s %s (%s), %.0f MB" % (key[2], number(self.median(key) / unit), number(self.least[key] / unit), self.memory[key])


def is_half(peer):
    return "bf16" in peer or peer == "kcpp bfloat16"


def print_times(f, threads, workloads):
    print("\n### %d thread%s\n" % (threads, "s" if threads > 1 else ""))
    print("| workload | unit | kcpp: median (minimum), memory | best peer | peer / kcpp | oneDNN limit | kcpp / limit |")
    print("|---|---|---|---|---|---|---|")
    for w in workloads:
        for half in (False, True):
            # The model's own predict stands in the list of all: a session is what is compared.
            ours = f.runs(threads, w, lambda p: p.startswith("kcpp") and p != "kcpp predict" and is_half(p) == half)
            peers = f.runs(threads, w, lambda p: not p.startswith("kcpp") and is_half(p) == half)
            if not ours or (half and not peers):
                continue
            mine = f.median(ours[0])
            bound = None if half else f.limits.get((threads, w))
            unit = SECONDS[f.units[w]]
            print("| %s | %s | %s | %s | %s | %s | %s |" % (
                w + (", bfloat16" if half else ""), f.units[w], f.cell(ours[0]), f.cell(peers[0]) if peers else "-",
                "%.2f" % (f.median(peers[0]) / mine) if peers else "-", number(bound / unit) if bound else "-", "%.2f" % (mine / bound) if bound else "-"))


def print_memory(f, threads, workloads):
    rows = []
    for w in workloads:
        ours = [f.memory[k] for k in f.runs(threads, w, lambda p: p == "kcpp")]
        if w not in MEMORY or not ours:
            continue
        peers = sorted((f.memory[k], k[2]) for k in f.runs(threads, w, lambda p: not p.startswith("kcpp")))
        bound = f.limit_memory.get((threads, w))
        rows.append("| %s | %.0f | %s | %s |" % (w, ours[0], "%.0f, %s" % peers[0] if peers else "-", "%.0f" % bound if bound else "-"))
    if rows:
        print("\n### Peak memory, %d thread%s, MB (W9)\n" % (threads, "s" if threads > 1 else ""))
        print("| workload | kcpp | least of the peers | primitives alone |\n|---|---|---|---|")
        print("\n".join(rows))


def print_scaling(f, counts, workloads):
    rows = []
    for w in workloads:
        mine = {t: f.runs(t, w, lambda p: p.startswith("kcpp") and p != "kcpp predict" and not is_half(p)) for t in counts}
        if all(mine.values()):
            seconds = {t: f.median(keys[0]) for t, keys in mine.items()}
            rows.append("| %s | %s |" % (w, " | ".join("%.2f x" % (seconds[min(counts)] / seconds[t]) for t in counts)))
    if len(counts) > 1 and rows:
        print("\n### Scaling of kcpp from %d thread%s\n" % (min(counts), "s" if min(counts) > 1 else ""))
        print("| workload | " + " | ".join("%d threads" % t for t in counts) + " |\n|---|" + "---|" * len(counts))
        print("\n".join(rows))


def print_all(f, counts, workloads):
    print("\n### All of them, best first\n")
    for t in counts:
        for w in workloads:
            unit = SECONDS[f.units[w]]
            keys = f.runs(t, w, lambda p: True)
            if keys:
                print("- %d threads, %s (%s): %s" % (t, w, f.units[w], "; ".join("%s %s" % (k[2], number(f.median(k) / unit)) for k in keys)))


def main():
    f = Figures(sys.argv[1])
    workloads = sorted({w for _, w, _ in f.times}, key=lambda w: [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", w)])
    counts = sorted({t for t, _, _ in f.times}, reverse=True)
    for threads in counts:
        print_times(f, threads, workloads)
    for threads in counts[:1]:
        print_memory(f, threads, workloads)
    print_scaling(f, counts, workloads)
    print_all(f, counts, workloads)


if __name__ == "__main__":
    main()
