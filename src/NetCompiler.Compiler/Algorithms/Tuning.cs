using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Text;

namespace NetCompiler.Algorithms;

/// <summary>Takes from a tuning record what holds for a program.</summary>
internal static class Tuning
{
    /// <summary>The choices of a record, by signature; what does not hold is reported and left out.</summary>
    /// <param name="source">The record's text.</param>
    /// <param name="machine">The machine that the code is for; null if the record's own is meant.</param>
    /// <param name="kernels">The kernels of the file's networks for which there is a choice, with what each is allowed.</param>
    /// <param name="report">Takes what is to be said.</param>
    public static ImmutableDictionary<string, string> Choices(SourceText source, string? machine, IEnumerable<AllowedKernel> kernels, Action<Diagnostic> report)
    {
        var none = ImmutableDictionary<string, string>.Empty;
        if (TuningRecord.Parse(source, report) is not { } record)
            return none;
        if (machine is not null && machine != record.Machine)
        {
            report(Diagnostic.Create(DiagnosticCatalog.TuningOfAnotherMachine, source.Locate(record.MachinePlace), record.Machine, machine, kernels.Any(kernel => kernel.OnGpu is not null) ? "netc tune --device gpu" : "netc tune"));
            return none;
        }
        var problems = Problems(kernels);
        var outdated = record.Kernels.Where(kernel => !problems.ContainsKey(kernel.Key)).ToList();
        if (outdated.Count > 0)
        {
            report(Diagnostic.Create(DiagnosticCatalog.OutdatedTuning, source.Locate(outdated[0].Value.SignaturePlace),
                outdated.Count == 1 ? "a kernel" : $"{outdated.Count} kernels", outdated[0].Key));
        }
        var choices = ImmutableDictionary.CreateBuilder<string, string>();
        foreach (var kernel in record.Kernels)
        {
            if (!problems.TryGetValue(kernel.Key, out var known))
                continue;
            if (Refusal(kernel.Value.Algorithm, known) is { } refusal)
                report(Diagnostic.Create(DiagnosticCatalog.TuningNotTaken, source.Locate(kernel.Value.Place), kernel.Value.Algorithm, refusal));
            else
                choices[kernel.Key] = kernel.Value.Algorithm;
        }
        return choices.ToImmutable();
    }

    static string? Refusal(string name, AllowedKernel kernel)
    {
        var candidates = kernel.Candidates;
        if (candidates.FirstOrDefault(candidate => candidate.Name == name) is not { } algorithm)
            return $"there is no such algorithm: there are {string.Join(", ", candidates.Select(candidate => candidate.Name))}";
        if (!algorithm.Computes)
            return $"it does not compute {kernel.Problem.Signature}";
        if (!algorithm.IsPermitted)
            return $"it rounds operands to {algorithm.Operands.Name()}, which the program does not permit by 'precision: {algorithm.Operands.Name()}'";
        return algorithm.IsAdmissible ? null : FormattableString.Invariant($"it may be wrong by {algorithm.Error:0.#e0}, and the program allows {kernel.Budget:0.#e0}");
    }

    /// <summary>The kernels by signature, with what each is allowed: the least, where equal ones differ in it.</summary>
    static Dictionary<string, AllowedKernel> Problems(IEnumerable<AllowedKernel> kernels)
    {
        var problems = new Dictionary<string, AllowedKernel>(StringComparer.Ordinal);
        foreach (var kernel in kernels)
        {
            problems[kernel.Problem.Signature] = !problems.TryGetValue(kernel.Problem.Signature, out var known) ? kernel
                : kernel with { Budget = Math.Min(kernel.Budget, known.Budget), OnGpu = kernel.OnGpu == known.OnGpu ? kernel.OnGpu : OperandPrecision.F32 };
        }
        return problems;
    }
}
