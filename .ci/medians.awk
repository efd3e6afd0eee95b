# Prints the median of every benchmark's figures, from the output of go test -bench with -count.
/^pkg: / { package = $2 }
/^Benchmark/ {
	name = $1
	sub(/-[0-9]+$/, "", name) # GOMAXPROCS
	sub(/^[^\/]*\//, "", package) # the module
	name = package "." substr(name, 10)
	for (i = 3; i < NF; i += 2) {
		key = name SUBSEP $(i + 1)
		if (!(key in runs)) {
			order[++keys] = key
			if (length(name) > wide) wide = length(name)
		}
		figure[key, ++runs[key]] = $i
	}
}
END {
	for (k = 1; k <= keys; k++) {
		key = order[k]
		n = runs[key]
		for (i = 2; i <= n; i++) { # insertion sort: awk has none of its own
			x = figure[key, i] + 0
			for (j = i - 1; j >= 1 && figure[key, j] + 0 > x; j--) figure[key, j + 1] = figure[key, j]
			figure[key, j + 1] = x
		}
		median = n % 2 ? figure[key, (n + 1) / 2] + 0 : (figure[key, n / 2] + figure[key, n / 2 + 1]) / 2
		split(key, part, SUBSEP)
		shown = part[1] == last ? "" : part[1]
		last = part[1]
		printf "%-" wide "s  %14s %-12s median of %d\n", shown, sprintf(median < 100 ? "%.4g" : "%.0f", median), part[2], n
	}
	if (!keys) print "no benchmarks"
}
