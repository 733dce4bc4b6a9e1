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


def main():
    times = collections.defaultdict(list)  # (threads, workload, peer) -> medians in seconds
    least, memory, units = {}, {}, {}
    limits = {}
    for line in open(sys.argv[1]):
        if not line.startswith("{"):
            continue
        r = json.loads(line)
        if r["unit"] not in SECONDS:
            continue
        unit = SECONDS[r["unit"]]
        value, low = r["value"] * unit, r.get("min", r["value"]) * unit
        if r["peer"] in ("onednn", "own c++") or r["peer"].startswith("onednn "):
            found = limit_of(r)
            if found:
                key = (r["threads"], found[0])
                limits[key] = min(limits.get(key, 1e9), value * found[1])
                if found[0] == "W4 lstm predict b1":
                    limits[r["threads"], "W7 lstm b1"] = limits[key]
            continue
        key = (r["threads"], r["workload"], r["peer"])
        times[key].append(value)
        least[key] = min(least.get(key, 1e9), low)
        memory[key] = max(memory.get(key, 0), r.get("rss_mb", 0))
        units.setdefault(r["workload"], r["unit"])

    def cell(key, unit):
        return "%s (%s), %.0f MB" % (number(statistics.median(times[key]) / unit), number(least[key] / unit), memory[key])

    def number(v):
        return "%.3g" % v if v < 100 else "%.0f" % v

    workloads = sorted({w for _, w, _ in times}, key=lambda w: [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", w)])
    scaling = collections.defaultdict(dict)
    for threads in sorted({t for t, _, _ in times}, reverse=True):
        print("\n### %d thread%s\n" % (threads, "s" if threads > 1 else ""))
        print("| workload | unit | kcpp: median (minimum), memory | best peer | peer / kcpp | oneDNN limit | kcpp / limit |")
        print("|---|---|---|---|---|---|---|")
        for w in workloads:
            ours = sorted((k for k in times if k[:2] == (threads, w) and k[2].startswith("kcpp") and k[2] not in ("kcpp predict", "kcpp bfloat16")),
                          key=lambda k: statistics.median(times[k]))
            peers = sorted((k for k in times if k[:2] == (threads, w) and not k[2].startswith("kcpp") and "bf16" not in k[2]), key=lambda k: statistics.median(times[k]))
            if not ours:
                continue
            unit = SECONDS[units[w]]
            mine = statistics.median(times[ours[0]])
            scaling[w][threads] = mine
            best = statistics.median(times[peers[0]]) if peers else None
            bound = limits.get((threads, w))
            print("| %s | %s | %s | %s | %s | %s | %s |" % (
                w, units[w], cell(ours[0], unit), peers[0][2] + " " + cell(peers[0], unit) if peers else "-",
                "%.2f" % (best / mine) if best else "-", number(bound / unit) if bound else "-", "%.2f" % (mine / bound) if bound else "-"))
            half = [k for k in times if k[:2] == (threads, w) and (k[2] == "kcpp bfloat16" or "bf16" in k[2])]
            if len(half) > 1:
                print("| %s, bfloat16 | %s | %s | |" % (w, units[w], " | ".join(k[2] + " " + cell(k, unit) for k in sorted(half, key=lambda k: not k[2].startswith("kcpp")))))
    both = {w: v for w, v in scaling.items() if len(v) > 1}
    if both:
        print("\n### Scaling of kcpp from one thread\n\n| workload | " + " | ".join("%d threads" % t for t in sorted(next(iter(both.values())))) + " |")
        print("|---|" + "---|" * len(next(iter(both.values()))))
        for w, v in both.items():
            print("| %s | %s |" % (w, " | ".join("%.2f x" % (v[min(v)] / v[t]) for t in sorted(v))))
    everyone = collections.defaultdict(list)
    for (threads, w, peer), values in times.items():
        everyone[threads, w].append((statistics.median(values), peer))
    print("\n### All of them, best first\n")
    for (threads, w), values in sorted(everyone.items(), key=lambda e: (-e[0][0], workloads.index(e[0][1]))):
        unit = SECONDS[units[w]]
        print("- %d threads, %s (%s): %s" % (threads, w, units[w], "; ".join("%s %s" % (p, number(v / unit)) for v, p in sorted(values))))


if __name__ == "__main__":
    main()
