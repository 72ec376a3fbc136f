using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Brings a factor into shared memory for <see cref="TensorKernel{TUnit, TLeft, TRight, TEnd}"/>: the cursor of one of 256 threads, with 8 words of each slab.</summary>
interface ITensorSource
{
    /// <summary>Whether words lie line by line in shared memory; a constant.</summary>
    bool IsByLine { get; }

    /// <summary>Goes to the first slab of the tile of lines from <paramref name="line0"/> on, of the places from <paramref name="first"/> to <paramref name="end"/>.</summary>
    void Begin(int batch, int line0, int lines, int first, int end, int thread, int placesOfWord);

    /// <summary>Begins to bring the next slab to place <paramref name="slab"/> of shared memory.</summary>
    void Request<TUnit>(ref TUnit unit, ArrayView<int> shared, int slab) where TUnit : struct, IMatrixUnit;

    /// <summary>Puts there what only came into registers.</summary>
    void Deliver<TUnit>(ref TUnit unit, ArrayView<int> shared, int slab) where TUnit : struct, IMatrixUnit;
}

/// <summary>A matrix whose lines are contiguous and can be read in fours.</summary>
struct TensorLines(ArrayView<Float4> values, long address, int stride, int batchStride) : ITensorSource
{
    readonly ArrayView<Float4> _values = values;
    readonly long _address = address;
    readonly int _stride = stride / 4, _batchStride = batchStride / 4;
    int _at, _place, _end, _isUpper, _isLower, _target;
    Float4 _upper0, _upper1, _lower0, _lower1;

    public readonly bool IsByLine => true;

    // A thread has the same four words of two lines, 64 apart.
    public void Begin(int batch, int line0, int lines, int first, int end, int thread, int placesOfWord)
    {
        int line = thread / 4, chunk = thread & 3;
        _place = first + 4 * placesOfWord * chunk;
        _end = end;
        _isUpper = line0 + line < lines ? 1 : 0;
        _isLower = line0 + line + 64 < lines ? 1 : 0;
        _target = TensorLayout.ByLine(line, 4 * chunk);
        _at = batch * _batchStride + (line0 + line) * _stride + _place / 4;
    }

    public void Request<TUnit>(ref TUnit unit, ArrayView<int> shared, int slab) where TUnit : struct, IMatrixUnit
    {
        int isFirst = _place < _end ? 1 : 0;
        if (unit.PlacesOfWord == 1)
        {
            unit.Copy(shared, slab + _target, _values, _at, _address, _isUpper & isFirst);
            unit.Copy(shared, slab + _target + 64 * TensorLayout.Words, _values, _at + 64 * _stride, _address, _isLower & isFirst);
            _place += TensorLayout.Words;
            _at += TensorLayout.Words / 4;
            return;
        }
        int isSecond = _place + 4 < _end ? 1 : 0;
        _upper0 = default;
        _upper1 = default;
        _lower0 = default;
        _lower1 = default;
        if ((_isUpper & isFirst) != 0)
            _upper0 = _values[_at];
        if ((_isUpper & isSecond) != 0)
            _upper1 = _values[_at + 1];
        if ((_isLower & isFirst) != 0)
            _lower0 = _values[_at + 64 * _stride];
        if ((_isLower & isSecond) != 0)
            _lower1 = _values[_at + 64 * _stride + 1];
        _place += 2 * TensorLayout.Words;
        _at += TensorLayout.Words / 2;
    }

    public readonly void Deliver<TUnit>(ref TUnit unit, ArrayView<int> shared, int slab) where TUnit : struct, IMatrixUnit
    {
        if (unit.PlacesOfWord == 1)
            return;
        Pairs(ref unit, shared, slab + _target, _upper0, _upper1);
        Pairs(ref unit, shared, slab + _target + 64 * TensorLayout.Words, _lower0, _lower1);
    }

    static void Pairs<TUnit>(ref TUnit unit, ArrayView<int> shared, int at, Float4 values, Float4 more) where TUnit : struct, IMatrixUnit =>
        unit.Put4(
            shared, at,
            new Float4 { X = values.X, Y = values.Z, Z = more.X, W = more.Z },
            new Float4 { X = values.Y, Y = values.W, Z = more.Y, W = more.W });
}

/// <summary>A matrix whose neighbouring lines are beside each other and can be read in fours.</summary>
struct TensorWords(ArrayView<Float4> values, long address, int stride, int batchStride) : ITensorSource
{
    readonly ArrayView<Float4> _values = values;
    readonly long _address = address;
    readonly int _stride = stride / 4, _batchStride = batchStride / 4;
    int _at, _place, _end, _isLine, _target;
    Float4 _upper0, _upper1, _lower0, _lower1;

    public readonly bool IsByLine => false;

    // A thread has two words of four lines, 8 words apart.
    public void Begin(int batch, int line0, int lines, int first, int end, int thread, int placesOfWord)
    {
        int line = (thread & 31) * 4, word = thread / 32;
        _place = first + word * placesOfWord;
        _end = end;
        _isLine = line0 + line < lines ? 1 : 0;
        _target = TensorLayout.ByWord(line, word);
        _at = batch * _batchStride + _place * _stride + (line0 + line) / 4;
    }

    public void Request<TUnit>(ref TUnit unit, ArrayView<int> shared, int slab) where TUnit : struct, IMatrixUnit
    {
        int places = unit.PlacesOfWord;
        int isUpper = _place < _end ? _isLine : 0, isLower = _place + 8 * places < _end ? _isLine : 0;
        if (places == 1)
        {
            unit.Copy(shared, slab + _target, _values, _at, _address, isUpper);
            unit.Copy(shared, slab + _target + 8 * TensorLayout.Side, _values, _at + 8 * _stride, _address, isLower);
        }
        else
        {
            int isUpper1 = _place + 1 < _end ? _isLine : 0, isLower1 = _place + 17 < _end ? _isLine : 0;
            _upper0 = default;
            _upper1 = default;
            _lower0 = default;
            _lower1 = default;
            if (isUpper != 0)
                _upper0 = _values[_at];
            if (isUpper1 != 0)
                _upper1 = _values[_at + _stride];
            if (isLower != 0)
                _lower0 = _values[_at + 16 * _stride];
            if (isLower1 != 0)
                _lower1 = _values[_at + 17 * _stride];
        }
        _place += places * TensorLayout.Words;
        _at += places * TensorLayout.Words * _stride;
    }

    public readonly void Deliver<TUnit>(ref TUnit unit, ArrayView<int> shared, int slab) where TUnit : struct, IMatrixUnit
    {
        if (unit.PlacesOfWord == 1)
            return;
        unit.Put4(shared, slab + _target, _upper0, _upper1);
        unit.Put4(shared, slab + _target + 8 * TensorLayout.Side, _lower0, _lower1);
    }
}

/// <summary>Any factor, element by element.</summary>
struct TensorElements<TOperand>(TOperand operand) : ITensorSource where TOperand : struct, IGpuOperand
{
    readonly TOperand _operand = operand;
    int _batch, _line0, _lines, _place, _end, _line, _word;

    public readonly bool IsByLine => _operand.IsContiguousInSum;

    public void Begin(int batch, int line0, int lines, int first, int end, int thread, int placesOfWord)
    {
        (_batch, _line0, _lines, _place, _end) = (batch, line0, lines, first, end);
        // Threads of a warp read neighbours in memory.
        _line = _operand.IsContiguousInSum ? thread / TensorLayout.Words : thread & (TensorLayout.Side - 1);
        _word = _operand.IsContiguousInSum ? thread & (TensorLayout.Words - 1) : thread / TensorLayout.Side;
    }

    // The slab is free since the barrier: what arrives goes there at once, four words at a time.
    public void Request<TUnit>(ref TUnit unit, ArrayView<int> shared, int slab) where TUnit : struct, IMatrixUnit
    {
        int places = unit.PlacesOfWord;
        int lines = _operand.IsContiguousInSum ? ProductThreads.Count / TensorLayout.Words : 0;
        int words = _operand.IsContiguousInSum ? 0 : ProductThreads.Count / TensorLayout.Side;
        for (int i = 0; i < 8; i += 4)
        {
            int line = _line + i * lines, word = _word + i * words;
            float first0 = At(line, word * places), first1 = At(line + lines, (word + words) * places);
            float first2 = At(line + 2 * lines, (word + 2 * words) * places), first3 = At(line + 3 * lines, (word + 3 * words) * places);
            float second0 = 0f, second1 = 0f, second2 = 0f, second3 = 0f;
            if (places == 2)
            {
                second0 = At(line, word * 2 + 1);
                second1 = At(line + lines, (word + words) * 2 + 1);
                second2 = At(line + 2 * lines, (word + 2 * words) * 2 + 1);
                second3 = At(line + 3 * lines, (word + 3 * words) * 2 + 1);
            }
            unit.Put(shared, slab + Target(line, word), first0, second0);
            unit.Put(shared, slab + Target(line + lines, word + words), first1, second1);
            unit.Put(shared, slab + Target(line + 2 * lines, word + 2 * words), first2, second2);
            unit.Put(shared, slab + Target(line + 3 * lines, word + 3 * words), first3, second3);
        }
        _place += places * TensorLayout.Words;
    }

    public readonly void Deliver<TUnit>(ref TUnit unit, ArrayView<int> shared, int slab) where TUnit : struct, IMatrixUnit
    {
    }

    readonly int Target(int line, int word) => _operand.IsContiguousInSum ? TensorLayout.ByLine(line, word) : TensorLayout.ByWord(line, word);

    readonly float At(int line, int place) => _line0 + line < _lines && _place + place < _end ? _operand.At(_batch, _line0 + line, _place + place) : 0f;
}
