using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>The scores of some queries and some keys of one batch, in the memory of the thread, and what is done to them row by row.</summary>
/// <remarks>
/// Rows are padded to whole vectors with the score -infinity, whose exponential is 0 beside any finite maximum, so that nothing but masks
/// is ever read in parts of vectors.
/// </remarks>
readonly struct AttentionBlock<TLanes>(AttentionShape shape, AttentionMasks masks, nint batch) where TLanes : struct, ILanes<TLanes, float>
{
    // A block of scores, and in the gradient that of what flows to them, stay in the second-level cache.
    public const int MostRows = 192;
    public const int MostColumns = 256;

    // exp(x) is 0 in f32 below.
    public const float Vanishes = -104;

    readonly nint _outer = shape.Inner == 0 ? 0 : batch / shape.Inner, _inner = shape.Inner == 0 ? 0 : batch % shape.Inner;

    /// <summary>Elements from one row of scores to the next.</summary>
    public static nint Stride(nint keys) => (Math.Min(keys, MostColumns) + TLanes.Count - 1) / TLanes.Count * TLanes.Count;

    public Pointer<float> At(in AttentionRows operand, nint row) => operand.At(_outer, _inner, row);

    /// <summary>scores[i, j] = Σ_d a[row + i, d] · b[column + j, d], for operands of a width.</summary>
    public void Multiply(in AttentionRows a, nint row, nint rows, in AttentionRows b, nint column, nint columns, nint width, Pointer<float> scores, nint stride)
    {
        if (width > 0)
        {
            Product(rows, columns, width, new(At(a, row), a.Row, alongDepth: true), new(At(b, column), b.Row, alongDepth: true), scores, stride, accumulate: false);
            return;
        }
        for (nint i = 0; i < rows; i++)
            scores.Offset(i * stride).AsSpan((int)columns).Clear();
    }

    /// <summary>C (+)= A · B by this thread alone; sizes may be 0.</summary>
    public static void Product(
        nint m, nint n, nint k, MatrixOperand<float> a, MatrixOperand<float> b, Pointer<float> c, nint strideC, bool accumulate)
    {
        if (m > 0 && n > 0 && k > 0)
            new GemmProduct<float, MatrixOperand<float>, MatrixOperand<float>> { M = m, N = n, K = k, A = a, B = b, C = c, StrideC = strideC, Accumulate = accumulate }
                .Run<TLanes, NoEpilogue>(0, m, 0, n, new());
    }

    /// <summary>Scales the products of a query with some keys, masks them, and pads the row; the result is their maximum.</summary>
    [MethodImpl(Simd.Optimised)]
    public float Finish(Pointer<float> scores, nint query, nint column, nint columns)
    {
        nint padded = (columns + TLanes.Count - 1) / TLanes.Count * TLanes.Count;
        var scale = TLanes.Splat(shape.Scale);
        if (masks.First.Kind != AttentionMask.Form.None || shape.Scale <= 0)
        {
            for (nint j = 0; j < padded; j += TLanes.Count)
                TLanes.Store(scores, j, TLanes.Load(scores, j) * scale);
            scale = TLanes.Splat(1);
            for (int i = 0; i < AttentionMasks.Most; i++)
                Apply(masks[i], scores, query, column, columns, isGradient: false);
        }
        scores.Offset(columns).AsSpan((int)(padded - columns)).Fill(float.NegativeInfinity);
        var largest = TLanes.Splat(float.NegativeInfinity);
        for (nint j = 0; j < padded; j += TLanes.Count)
        {
            var score = TLanes.Load(scores, j) * scale;
            TLanes.Store(scores, j, score);
            largest = TLanes.Max(largest, score);
        }
        return TLanes.MaxLanes(largest);
    }

    /// <summary>Replaces scores by exp(score - shift) · factor; the result is the sum of the exponentials.</summary>
    [MethodImpl(Simd.Optimised)]
    public static float Exponentials(Pointer<float> scores, nint columns, float shift, float factor)
    {
        TLanes minus = TLanes.Splat(shift), times = TLanes.Splat(factor), sum = TLanes.Splat(0);
        for (nint j = 0; j < columns; j += TLanes.Count)
        {
            var exponential = TLanes.Exp(TLanes.Load(scores, j) - minus);
            sum += exponential;
            TLanes.Store(scores, j, exponential * times);
        }
        return TLanes.SumLanes(sum);
    }

    /// <summary>What flows to the products of a query: flow = weights · (flow - mean) · scale where no mask has filled the score.</summary>
    [MethodImpl(Simd.Optimised)]
    public void FlowBack(Pointer<float> weights, Pointer<float> flow, float mean, nint query, nint column, nint columns)
    {
        TLanes minus = TLanes.Splat(mean), scale = TLanes.Splat(shape.Scale);
        for (nint j = 0; j < columns; j += TLanes.Count)
            TLanes.Store(flow, j, (TLanes.Load(flow, j) - minus) * TLanes.Load(weights, j) * scale);
        for (int i = 0; i < AttentionMasks.Most; i++)
            Apply(masks[i], flow, query, column, columns, isGradient: true);
    }

    // To the scores of a query, or to what flows to them, which ends where a mask has filled them.
    void Apply(in AttentionMask mask, Pointer<float> row, nint query, nint column, nint columns, bool isGradient)
    {
        float fill = isGradient ? 0 : mask.Value;
        switch (mask.Kind)
        {
            case AttentionMask.Form.Causal:
                nint kept = Math.Clamp(query + 1 - column, 0, columns);
                row.Offset(kept).AsSpan((int)(columns - kept)).Fill(fill);
                break;
            case AttentionMask.Form.Fill:
                FillWhereFalse(mask.At<byte>(_outer, _inner, query, column), mask.Column, row, columns, fill);
                break;
            case AttentionMask.Form.Add when !isGradient:
                Add(mask.At<float>(_outer, _inner, query, column), mask.Column, row, columns);
                break;
        }
    }

    static void FillWhereFalse(Pointer<byte> keeps, nint step, Pointer<float> row, nint columns, float fill)
    {
        if (step == 0)
        {
            if (keeps[0] == 0)
                row.AsSpan((int)columns).Fill(fill);
            return;
        }
        nint j = 0;
        if (step == 1)
            j = ByteMasks.Fill(keeps, row, columns, fill);
        for (; j < columns; j++)
            row[j] = keeps[j * step] != 0 ? row[j] : fill;
    }

    static void Add(Pointer<float> added, nint step, Pointer<float> row, nint columns)
    {
        nint j = 0;
        if (step <= 1)
        {
            for (; j + TLanes.Count <= columns; j += TLanes.Count)
                TLanes.Store(row, j, TLanes.Load(row, j) + (step == 0 ? TLanes.Splat(added[0]) : TLanes.Load(added, j)));
        }
        for (; j < columns; j++)
            row[j] += added[j * step];
    }
}
