namespace NetCompiler.Compiler.Tests.Scans;

/// <summary>Programs with a scan, and the same written out for a number of steps; both compute 'loss' and what is named in their results.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Scan">The statements over xs : f64[T, N, 3].</param>
/// <param name="Unrolled">The statements for a number of steps; T and the other extents as in a list.</param>
sealed record Recurrence(string Name, string Scan, Func<int, string> Unrolled)
{
    const string Shared = """
            input mask : bool[T, N]; input h0 : f64[N, 3]; input c0 : f64[N, 3];
            param w : f64[3, 3] = glorot_uniform; param u : f64[3, 3] = glorot_uniform; param b : f64[3] = zeros;
            param v : f64[3, 12] = glorot_uniform; param z : f64[3, 12] = glorot_uniform;
        """;

    /// <summary>A network around the scan whose only function has these results.</summary>
    public string Scanned(string results) => Around("T", Scan, results);

    /// <summary>The same results without a scan.</summary>
    public string Written(int steps, string results) => Around(steps == 0 ? "T" : steps.ToString(System.Globalization.CultureInfo.InvariantCulture), Unrolled(steps), results);

    static string Around(string steps, string statements, string results)
    {
        string declarations = $"input xs : f64[T, N, 3]; {Shared}".Replace("[T,", $"[{steps},", StringComparison.Ordinal);
        return $"network A {{ {declarations} {statements} function f(xs, mask, h0, c0) -> ({results}, used: sum(xs) + sum(h0) + sum(c0) + sum(f64(mask))); }}";
    }

    /// <summary>The same with further statements at the end.</summary>
    public Recurrence With(string statements) => new(Name, Scan + statements, steps => Unrolled(steps) + statements);

    public override string ToString() => Name;

    static string Stack(int steps, string start, string step, string last) =>
        $"{start} ys = []; for t in 0 .. {steps} {{ {step} }} {(steps == 0 ? "ys = zeros([0, N, 3], f64);" : "ys = concat(ys, 0);")} {last}";

    public static IReadOnlyList<Recurrence> All { get; } =
    [
        new("elman",
            "ys, last = scan x in xs from h = h0 { h = tanh(x @ w + h @ u + b); yield h; }; loss = sum(ys * ys) + sum(last * c0);",
            steps => Stack(steps, "last = h0;", "last = tanh(xs[t] @ w + last @ u + b); ys = ys + [reshape(last, [1, N, 3])];", "loss = sum(ys * ys) + sum(last * c0);")),
        new("lstm",
            """
            ys, last, cell = scan x in xs from h = h0, c = c0 {
                a = x @ v + h @ z;
                c = sigmoid(a[:, 0:3]) * c + sigmoid(a[:, 3:6]) * tanh(a[:, 6:9]);
                h = sigmoid(a[:, 9:12]) * tanh(c);
                yield h;
            };
            loss = sum(ys * sin(ys)) + sum(last * cell);
            """,
            steps => Stack(steps, "h = h0; c = c0;",
                """
                a = xs[t] @ v + h @ z;
                c = sigmoid(a[:, 0:3]) * c + sigmoid(a[:, 3:6]) * tanh(a[:, 6:9]);
                h = sigmoid(a[:, 9:12]) * tanh(c);
                ys = ys + [reshape(h, [1, N, 3])];
                """, "last = h; cell = c; loss = sum(ys * sin(ys)) + sum(last * cell);")),
        new("reverse with a mask and the number of the step",
            """
            ys, last = scan reverse x in xs, m in mask, t in 0 .. T from h = h0 {
                h = where(expand_dims(m, 1), tanh(x @ w * (0.5 + f64(t)) + h), h * 0.9);
                yield h * x;
            };
            loss = sum(ys) + sum(last ** 2);
            """,
            steps => Stack(steps, "last = h0;",
                $$"""
                i = {{steps}} - 1 - t;
                last = where(expand_dims(mask[i], 1), tanh(xs[i] @ w * (0.5 + i) + last), last * 0.9);
                ys = [reshape(last * xs[i], [1, N, 3])] + ys;
                """, "loss = sum(ys) + sum(last ** 2);")),
        new("one tensor walked along and seen whole",
            "last = scan x in xs from h = h0 { h = tanh(h @ u + x * sum(xs, 0) + b) + mean(h); }; loss = sum(last * last); ys = xs;",
            steps => $"last = h0; for t in 0 .. {steps} {{ last = tanh(last @ u + xs[t] * sum(xs, 0) + b) + mean(last); }} loss = sum(last * last); ys = xs;"),
        new("a scan in a scan",
            """
            ys, last = scan x in xs from h = h0 {
                inner, g = scan k in 0 .. 3 from g = h { g = tanh(g @ u + x * (0.3 + 0.1 * f64(k))); yield g * b; };
                h = g * 0.5 + sum(inner, 0) + x @ w;
                yield sin(h);
            };
            loss = sum(ys * ys) + sum(last);
            """,
            steps => Stack(steps, "last = h0;",
                """
                g = last; s = zeros([N, 3], f64);
                for k in 0 .. 3 { g = tanh(g @ u + xs[t] * (0.3 + 0.1 * k)); s = s + g * b; }
                last = g * 0.5 + s + xs[t] @ w;
                ys = ys + [reshape(sin(last), [1, N, 3])];
                """, "loss = sum(ys * ys) + sum(last);")),
        new("nothing carried",
            "ys = scan x in xs { yield tanh(x @ w) * exp(x); }; loss = sum(ys * ys); last = h0;",
            steps => Stack(steps, "", "ys = ys + [reshape(tanh(xs[t] @ w) * exp(xs[t]), [1, N, 3])];", "loss = sum(ys * ys); last = h0;")),
        new("a carried value that only some results need",
            """
            ys, s, n = scan x in xs from s = 0, n = 0 { s = s * 0.5 + x; n = n + 1; yield maximum(s, x) / n; };
            loss = sum(ys * h0) + sum(exp(s * 0.1)); last = s;
            """,
            steps => Stack(steps, "last = zeros([N, 3], f64);", "last = last * 0.5 + xs[t]; ys = ys + [reshape(maximum(last, xs[t]) / (t + 1), [1, N, 3])];",
                "loss = sum(ys * h0) + sum(exp(last * 0.1));")),
    ];
}
