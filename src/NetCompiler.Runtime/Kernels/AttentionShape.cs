namespace NetCompiler.Runtime;

/// <summary>The sizes of attention: Outer × Inner batches of Queries × Width, Keys × Width and Keys × ValueWidth, and the factor of the scores.</summary>
/// <param name="Outer">The first axis of the batch, or 1.</param>
/// <param name="Inner">The second axis of the batch, such as heads, or 1.</param>
/// <param name="Queries">T.</param>
/// <param name="Keys">S.</param>
/// <param name="Width">The features of a query and of a key.</param>
/// <param name="ValueWidth">The features of a value.</param>
/// <param name="Scale">What products are multiplied by.</param>
public readonly record struct AttentionShape(nint Outer, nint Inner, nint Queries, nint Keys, nint Width, nint ValueWidth, float Scale)
{
    /// <summary>The products of queries and keys that nothing is shared between.</summary>
    public nint Batch => Outer * Inner;
}

/// <summary>Rows of one operand of attention, each contiguous: row i of batch (o, h) begins at o · outer + h · inner + i · row.</summary>
/// <param name="Data">The first element.</param>
/// <param name="Outer">Elements from one outer batch to the next.</param>
/// <param name="Inner">Elements from one inner batch to the next.</param>
/// <param name="Row">Elements from one row to the next.</param>
public readonly record struct AttentionRows(Pointer<float> Data, nint Outer, nint Inner, nint Row)
{
    internal Pointer<float> At(nint outer, nint inner, nint row) => Data.Offset(outer * Outer + inner * Inner + row * Row);
}

/// <summary>What becomes of scores before their softmax. Default: nothing.</summary>
public readonly record struct AttentionMask
{
    internal enum Form : byte { None, Causal, Fill, Add }

    internal Form Kind { get; private init; }

    internal float Value { get; private init; }

    // Bytes, of bools or floats, and elements from one outer batch, inner batch, query and key to the next.
    internal Pointer<byte> Data { get; private init; }

    internal nint Outer { get; private init; }

    internal nint Inner { get; private init; }

    internal nint Row { get; private init; }

    internal nint Column { get; private init; }

    /// <summary>Query t may see the keys s ≤ t; other scores become <paramref name="fill"/>.</summary>
    public static AttentionMask Causal(float fill) => new() { Kind = Form.Causal, Value = fill };

    /// <summary>Scores become <paramref name="fill"/> where the mask is false. Strides are elements; 0 repeats.</summary>
    public static AttentionMask Fill(float fill, Pointer<bool> keeps, nint outer, nint inner, nint row, nint column) =>
        new() { Kind = Form.Fill, Value = fill, Data = keeps.As<byte>(), Outer = outer, Inner = inner, Row = row, Column = column };

    /// <summary>The mask is added to the scores. Strides are elements; 0 repeats.</summary>
    public static AttentionMask Add(Pointer<float> added, nint outer, nint inner, nint row, nint column) =>
        new() { Kind = Form.Add, Data = added.As<byte>(), Outer = outer, Inner = inner, Row = row, Column = column };

    internal Pointer<T> At<T>(nint outer, nint inner, nint row, nint column) where T : unmanaged =>
        Data.As<T>().Offset(outer * Outer + inner * Inner + row * Row + column * Column);
}

/// <summary>The masks of attention, in the order in which they apply.</summary>
/// <param name="First">The first.</param>
/// <param name="Second">The second.</param>
/// <param name="Third">The third.</param>
public readonly record struct AttentionMasks(AttentionMask First, AttentionMask Second = default, AttentionMask Third = default)
{
    /// <summary>How many there may be.</summary>
    internal const int Most = 3;

    internal AttentionMask this[int i] => i switch { 0 => First, 1 => Second, _ => Third };

    /// <summary>
    /// The largest score that a key after its query can have, or NaN if it can have any: with all lower by far than the largest score of a
    /// query, such keys have no weight.
    /// </summary>
    internal float LaterScore
    {
        get
        {
            bool causal = false;
            float largest = float.NegativeInfinity;
            for (int i = 0; i < Most; i++)
            {
                if (this[i].Kind == AttentionMask.Form.Add)
                    return float.NaN;
                causal |= this[i].Kind == AttentionMask.Form.Causal;
                if (this[i].Kind != AttentionMask.Form.None)
                    largest = MathF.Max(largest, this[i].Value);
            }
            return causal ? largest : float.NaN;
        }
    }
}
