using NetCompiler.CommandLine.Execution;
using NetCompiler.Algorithms;
using NetCompiler.Reports;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Verification;

/// <summary>All that was found about a function.</summary>
/// <param name="Function">Its name.</param>
/// <param name="Steps">Its steps, each compared on what it read; none where they are not observed.</param>
/// <param name="Results">Its results and updates, compared with the program.</param>
/// <param name="Gradients">The gradients of what it minimizes, compared with differences; empty if it does not train.</param>
internal sealed record FunctionVerdict(
    string Function, IReadOnlyList<StepVerdict> Steps, IReadOnlyList<ResultVerdict> Results, IReadOnlyList<GradientVerdict> Gradients)
{
    public bool Fails => Steps.Any(step => step.Fails) || Results.Any(result => result.Fails) || Gradients.Any(gradient => gradient.Problem is not null);
}

/// <summary>Holds a compiled function against its program in float64.</summary>
internal static class FunctionVerifier
{
    public const ulong Seed = 1;

    // About what the references take for a multiply-add, measured on convolutions, and how often all is computed.
    const double SecondsPerMultiplyAdd = 8e-9, Evaluations = 12, SecondsForGradients = 20;

    /// <summary>About how long it takes to verify a function.</summary>
    public static double PredictSeconds(IEnumerable<StepReport> steps) => SecondsPerMultiplyAdd * Evaluations * steps.Sum(step => (double)step.MultiplyAdds * step.Repeats);

    /// <summary>Calls the function once and compares.</summary>
    /// <param name="compilation">The program.</param>
    /// <param name="network">The network's name.</param>
    /// <param name="function">The function's name.</param>
    /// <param name="run">The function, compiled to be observed.</param>
    /// <param name="symbols">The value of each symbolic dimension.</param>
    /// <param name="samples">How many elements of each parameter's gradient to compare with differences.</param>
    /// <param name="onGpu">Whether it runs on a GPU, where steps are not observed.</param>
    public static FunctionVerdict Run(
        Compilation compilation, string network, string function, FunctionRun run, IReadOnlyDictionary<string, long> symbols, int samples, bool onGpu = false)
    {
        var model = compilation.Networks.Single(candidate => candidate.Name == network);
        var signature = run.Network.Functions.Single(candidate => candidate.Name == function);
        var arguments = signature.Inputs.Zip(run.Arguments, (input, value) => (input.Name, value)).ToDictionary(pair => pair.Name, pair => pair.value);
        // After one call states have the sizes of calls.
        run.Call();
        VariableValues.Initialize(run.Network, Seed);
        var program = new ProgramReference(model, model.Functions.Single(candidate => candidate.Name == function), symbols, arguments, run.Network,
            (onGpu ? compilation.GpuKernels(network, function) : compilation.Kernels(network, function)).Select(kernel => kernel.ErrorAt(symbols)).DefaultIfEmpty(0).Max());
        var observer = new StepVerifier(
            compilation.Plan(network, function), [.. compilation.Steps(network, function, symbols).Items], symbols, arguments,
            node => KernelDescription.Of(node, model, signature.Trains)?.ErrorAt(symbols) ?? 0);
        run.Network.Observer = onGpu ? null : observer;
        var actual = run.Call();
        run.Network.Observer = null;
        int output = 0;
        var results = program.Results().Select(result => new ResultVerdict(
            result.Name, result.IsUpdate,
            result.IsUpdate ? VariableValues.Of(run.Network[result.Name]) : TensorMemory.Numbers(actual[output++]),
            result.Expected, result.Allowed)).ToList();
        return new FunctionVerdict(function, [.. observer.Verdicts], results, signature.Trains ? [.. program.Gradients(samples, SecondsForGradients)] : []);
    }
}
