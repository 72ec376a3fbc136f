using NetCompiler.Runtime;

namespace NetCompiler.Training;

/// <summary>One quantity of every sample: its name, the shape of one sample, and the values of all samples one after another.</summary>
public abstract class Column
{
    private protected Column(string name, int[] sampleShape, int length)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        SampleShape = sampleShape;
        foreach (var dimension in sampleShape)
            SampleLength *= dimension > 0 ? dimension : throw new ArgumentException($"column '{name}' has the sample shape [{string.Join(", ", sampleShape)}]; dimensions are at least 1");
        if (length % SampleLength != 0)
            throw new ArgumentException($"column '{name}' has {length} values, which is not a multiple of the {SampleLength} of a sample");
        Count = length / SampleLength;
    }

    /// <summary>The name by which batches and functions find it, such as image.</summary>
    public string Name { get; }

    /// <summary>The dimensions of one sample; empty where a sample is one number.</summary>
    public IReadOnlyList<int> SampleShape { get; }

    /// <summary>The number of values of one sample.</summary>
    public int SampleLength { get; } = 1;

    /// <summary>The number of samples.</summary>
    public int Count { get; }

    internal abstract Array NewBatch(int samples);

    internal abstract void Gather(ReadOnlySpan<int> samples, Array batch);

    internal abstract Column Take(int start, int count);
}

/// <summary>A column of values of type <typeparamref name="T"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="name">The name.</param>
/// <param name="values">All samples' values, sample by sample.</param>
/// <param name="sampleShape">The dimensions of one sample.</param>
public sealed class Column<T>(string name, T[] values, params int[] sampleShape) : Column(name, sampleShape, values?.Length ?? 0) where T : unmanaged
{
    readonly T[] _values = values ?? throw new ArgumentNullException(nameof(values));

    /// <summary>All samples' values, sample by sample.</summary>
    public ReadOnlySpan<T> Values => _values;

    /// <summary>The values of one sample.</summary>
    public ReadOnlySpan<T> this[int sample] => _values.AsSpan(sample * SampleLength, SampleLength);

    internal override Array NewBatch(int samples) => new T[samples * SampleLength];

    internal override void Gather(ReadOnlySpan<int> samples, Array batch)
    {
        var target = ((T[])batch).AsSpan();
        for (var i = 0; i < samples.Length; i++)
            this[samples[i]].CopyTo(target[(i * SampleLength)..]);
    }

    internal override Column Take(int start, int count) =>
        new Column<T>(Name, _values.AsSpan(start * SampleLength, count * SampleLength).ToArray(), [.. SampleShape]);
}

/// <summary>Samples in memory: columns of equal count.</summary>
public sealed class Dataset
{
    readonly Column[] _columns;

    /// <summary>Puts columns side by side.</summary>
    /// <exception cref="ArgumentException">There is no column, a name occurs twice, or the counts differ.</exception>
    public Dataset(params Column[] columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        if (columns.Length == 0)
            throw new ArgumentException("a data set needs at least one column");
        for (var i = 0; i < columns.Length; i++)
        {
            if (columns[i].Count != columns[0].Count)
                throw new ArgumentException($"column '{columns[i].Name}' has {columns[i].Count} samples but '{columns[0].Name}' has {columns[0].Count}");
            for (var j = 0; j < i; j++)
                if (columns[i].Name == columns[j].Name)
                    throw new ArgumentException($"the column '{columns[i].Name}' occurs twice");
        }
        _columns = columns;
    }

    /// <summary>The number of samples.</summary>
    public int Count => _columns[0].Count;

    /// <summary>The columns.</summary>
    public IReadOnlyList<Column> Columns => _columns;

    /// <summary>The column of that name and type.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those that there are.</exception>
    public Column<T> Column<T>(string name) where T : unmanaged => (Column<T>)_columns[IndexOf<T>(name)];

    /// <summary>The samples from <paramref name="start"/> on, as a data set of their own.</summary>
    public Dataset Take(int start, int count)
    {
        if (start < 0 || count < 0 || start > Count - count)
            throw new ArgumentOutOfRangeException(nameof(count), count, $"samples {start} to {start + (long)count} are not within the {Count} there are");
        return new Dataset([.. _columns.Select(column => column.Take(start, count))]);
    }

    /// <summary>How many batches <see cref="Batches"/> gives.</summary>
    public int BatchCount(int size) => (int)(((long)Count + size - 1) / size);

    /// <summary>
    /// Every sample once, in batches; the last one holds what is left. A batch is valid until the next is asked for, as all
    /// share their memory.
    /// </summary>
    /// <param name="size">Samples in a batch.</param>
    /// <param name="seed">Determines the order; use another for each epoch.</param>
    /// <param name="shuffle">Whether the order is random rather than that of the data.</param>
    public IEnumerable<Batch> Batches(int size, ulong seed = 0, bool shuffle = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        return Gather(size, seed, shuffle);
    }

    IEnumerable<Batch> Gather(int size, ulong seed, bool shuffle)
    {
        var order = new int[Count];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        if (shuffle)
            new Philox4x32(seed).Shuffle(order);
        Batch? full = null;
        for (var start = 0; start < Count; start += size)
        {
            var batch = Count - start >= size ? full ??= new Batch(this, size) : new Batch(this, Count - start);
            batch.Fill(order.AsSpan(start, batch.Count));
            yield return batch;
        }
    }

    internal int IndexOf(string name) => Array.FindIndex(_columns, column => column.Name == name) is >= 0 and var index
        ? index
        : throw new KeyNotFoundException($"there is no column '{name}': there are {Names}");

    internal int IndexOf<T>(string name) where T : unmanaged => IndexOf(name) is var index && _columns[index] is Column<T>
        ? index
        : throw new KeyNotFoundException($"column '{name}' does not hold {typeof(T).Name} values");

    string Names => string.Join(", ", _columns.Select(column => $"'{column.Name}'"));
}

/// <summary>Some samples of a data set, gathered into one array for each column.</summary>
public sealed class Batch
{
    readonly Dataset _data;
    readonly Array[] _values;
    readonly int[] _samples;

    internal Batch(Dataset data, int count)
    {
        _data = data;
        Count = count;
        _samples = new int[count];
        _values = [.. data.Columns.Select(column => column.NewBatch(count))];
    }

    /// <summary>The number of samples.</summary>
    public int Count { get; }

    /// <summary>Which samples of the data set these are.</summary>
    public ReadOnlySpan<int> Samples => _samples;

    /// <summary>The values of a column, sample by sample: Count times the sample's length.</summary>
    /// <exception cref="KeyNotFoundException">There is no such column of that type.</exception>
    public T[] Values<T>(string column) where T : unmanaged => (T[])_values[_data.IndexOf<T>(column)];

    /// <summary>The values of a column of any type, as an argument for a call by name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such column.</exception>
    public object this[string column] => _values[_data.IndexOf(column)];

    internal void Fill(ReadOnlySpan<int> samples)
    {
        samples.CopyTo(_samples);
        for (var i = 0; i < _values.Length; i++)
            _data.Columns[i].Gather(samples, _values[i]);
    }
}
