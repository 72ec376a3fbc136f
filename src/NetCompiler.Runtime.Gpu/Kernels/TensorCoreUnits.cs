using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Tensor cores on tf32: factors are rounded to 11 bits, ties away from zero, when fragments are loaded.</summary>
readonly struct Tf32Unit : IMatrixUnit
{
    // Parameters of kernels must not be empty.
    public int Nothing { get; init; }

    public int PlacesOfWord => 1;

    public void Begin(int thread) => CudaAsm.Emit(TensorCoreText.Begin);

    public void Copy(ArrayView<int> shared, int at, ArrayView<Float4> values, int index, long address, int isInside) =>
        CudaAsm.Emit(TensorCoreText.Copy, 4 * at, address + 16L * index, 16 * isInside);

    public void Commit() => CudaAsm.Emit(TensorCoreText.Commit);

    public void Wait(ArrayView<int> shared) => CudaAsm.Emit(TensorCoreText.Wait);

    public void WaitForAll(ArrayView<int> shared) => CudaAsm.Emit(TensorCoreText.WaitForAll);

    public void Put(ArrayView<int> shared, int at, float first, float second) => CudaAsm.Emit(TensorCoreText.Put, 4 * at, first);

    public void Put4(ArrayView<int> shared, int at, Float4 first, Float4 second) =>
        CudaAsm.Emit(TensorCoreText.Put4, 4 * at, first.X, first.Y, first.Z, first.W);

    public void LoadLeftLines(ArrayView<int> shared, int at0, int at1)
    {
        CudaAsm.Emit(TensorCoreText.LeftLines, 4 * at0, 4 * at1);
        CudaAsm.Emit(TensorCoreText.RoundLeft);
    }

    public void LoadLeftWords(ArrayView<int> shared, int at0, int at1)
    {
        CudaAsm.Emit(TensorCoreText.LeftWords, 4 * at0, 4 * at1);
        CudaAsm.Emit(TensorCoreText.RoundLeft);
    }

    public void LoadRightLines(ArrayView<int> shared, int at0, int at1)
    {
        CudaAsm.Emit(TensorCoreText.RightLines, 4 * at0, 4 * at1);
        CudaAsm.Emit(TensorCoreText.RoundRight);
    }

    public void LoadRightWords(ArrayView<int> shared, int at0, int at1)
    {
        CudaAsm.Emit(TensorCoreText.RightWords, 4 * at0, 4 * at1);
        CudaAsm.Emit(TensorCoreText.RoundRight);
    }

    public void Multiply() => CudaAsm.Emit(Tf32Text.Multiply);

    public void StoreUpper(ArrayView<int> shared, int at) => CudaAsm.Emit(TensorCoreText.StoreUpper, 4 * at);

    public void StoreLower(ArrayView<int> shared, int at) => CudaAsm.Emit(TensorCoreText.StoreLower, 4 * at);
}

/// <summary>Tensor cores on bfloat16: factors are rounded on the way to shared memory, ties to even.</summary>
readonly struct BF16Unit : IMatrixUnit
{
    // Parameters of kernels must not be empty.
    public int Nothing { get; init; }

    public int PlacesOfWord => 2;

    public void Begin(int thread) => CudaAsm.Emit(TensorCoreText.Begin);

    public void Copy(ArrayView<int> shared, int at, ArrayView<Float4> values, int index, long address, int isInside) =>
        CudaAsm.Emit(TensorCoreText.Copy, 4 * at, address + 16L * index, 16 * isInside);

    public void Commit() => CudaAsm.Emit(TensorCoreText.Commit);

    public void Wait(ArrayView<int> shared) => CudaAsm.Emit(TensorCoreText.Wait);

    public void WaitForAll(ArrayView<int> shared) => CudaAsm.Emit(TensorCoreText.WaitForAll);

    public void Put(ArrayView<int> shared, int at, float first, float second) => CudaAsm.Emit(TensorCoreText.PutBF16, 4 * at, first, second);

    public void Put4(ArrayView<int> shared, int at, Float4 first, Float4 second) =>
        CudaAsm.Emit(TensorCoreText.Put4BF16, 4 * at, first.X, first.Y, first.Z, first.W, second.X, second.Y, second.Z, second.W);

    public void LoadLeftLines(ArrayView<int> shared, int at0, int at1)
    {
        CudaAsm.Emit(TensorCoreText.LeftLines, 4 * at0, 4 * at1);
    }

    public void LoadLeftWords(ArrayView<int> shared, int at0, int at1)
    {
        CudaAsm.Emit(TensorCoreText.LeftWords, 4 * at0, 4 * at1);
    }

    public void LoadRightLines(ArrayView<int> shared, int at0, int at1)
    {
        CudaAsm.Emit(TensorCoreText.RightLines, 4 * at0, 4 * at1);
    }

    public void LoadRightWords(ArrayView<int> shared, int at0, int at1)
    {
        CudaAsm.Emit(TensorCoreText.RightWords, 4 * at0, 4 * at1);
    }

    public void Multiply() => CudaAsm.Emit(BF16Text.Multiply);

    public void StoreUpper(ArrayView<int> shared, int at) => CudaAsm.Emit(TensorCoreText.StoreUpper, 4 * at);

    public void StoreLower(ArrayView<int> shared, int at) => CudaAsm.Emit(TensorCoreText.StoreLower, 4 * at);
}

/// <summary>Tensor cores on float16: factors are rounded on the way to shared memory, ties to even.</summary>
readonly struct F16Unit : IMatrixUnit
{
    // Parameters of kernels must not be empty.
    public int Nothing { get; init; }

    public int PlacesOfWord => 2;

    public void Begin(int thread) => CudaAsm.Emit(TensorCoreText.Begin);

    public void Copy(ArrayView<int> shared, int at, ArrayView<Float4> values, int index, long address, int isInside) =>
        CudaAsm.Emit(TensorCoreText.Copy, 4 * at, address + 16L * index, 16 * isInside);

    public void Commit() => CudaAsm.Emit(TensorCoreText.Commit);

    public void Wait(ArrayView<int> shared) => CudaAsm.Emit(TensorCoreText.Wait);

    public void WaitForAll(ArrayView<int> shared) => CudaAsm.Emit(TensorCoreText.WaitForAll);

    public void Put(ArrayView<int> shared, int at, float first, float second) => CudaAsm.Emit(TensorCoreText.PutF16, 4 * at, first, second);

    public void Put4(ArrayView<int> shared, int at, Float4 first, Float4 second) =>
        CudaAsm.Emit(TensorCoreText.Put4F16, 4 * at, first.X, first.Y, first.Z, first.W, second.X, second.Y, second.Z, second.W);

    public void LoadLeftLines(ArrayView<int> shared, int at0, int at1)
    {
        CudaAsm.Emit(TensorCoreText.LeftLines, 4 * at0, 4 * at1);
    }

    public void LoadLeftWords(ArrayView<int> shared, int at0, int at1)
    {
        CudaAsm.Emit(TensorCoreText.LeftWords, 4 * at0, 4 * at1);
    }

    public void LoadRightLines(ArrayView<int> shared, int at0, int at1)
    {
        CudaAsm.Emit(TensorCoreText.RightLines, 4 * at0, 4 * at1);
    }

    public void LoadRightWords(ArrayView<int> shared, int at0, int at1)
    {
        CudaAsm.Emit(TensorCoreText.RightWords, 4 * at0, 4 * at1);
    }

    public void Multiply() => CudaAsm.Emit(F16Text.Multiply);

    public void StoreUpper(ArrayView<int> shared, int at) => CudaAsm.Emit(TensorCoreText.StoreUpper, 4 * at);

    public void StoreLower(ArrayView<int> shared, int at) => CudaAsm.Emit(TensorCoreText.StoreLower, 4 * at);
}
