using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Passes;
using NetCompiler.Plan;
using NetCompiler.Text;

namespace NetCompiler.Reports;

/// <summary>Holds what a network promises with <c>check</c> against the numbers that summaries show.</summary>
internal static class Budgets
{
    // More would be a table, which 'netc summary' prints.
    const int Contributors = 4;

    /// <summary>What a budget is held against: one count, and what it is made of.</summary>
    readonly record struct Count(string Of, long Value, IEnumerable<(string Name, long Value)> Parts);

    /// <summary>An error for each budget that the network does not keep.</summary>
    public static IEnumerable<Diagnostic> Check(NetworkModel network, SourceText source)
    {
        foreach (var function in network.Functions)
        {
            if (function.Memory is not { } limit)
                continue;
            var memory = PlanMemory.Of(BuildPlan.Run(Pipeline.Run(network, function)), limit.Sizes);
            if (memory.Total > limit.Bytes)
                yield return Diagnostic.Create(DiagnosticCatalog.MemoryNotEnough, limit.Location, function.Name, Number(memory.Total),
                    limit.Sizes.IsEmpty ? "" : " for " + string.Join(", ", limit.Sizes.OrderBy(size => size.Key, StringComparer.Ordinal).Select(size => $"{size.Key} = {Number(size.Value)}")),
                    Number(limit.Bytes), Number(memory.Variables), Number(memory.Arena), Number(memory.Results));
        }
        foreach (var budget in network.Budgets)
        {
            if (CountsOrNull(network, budget, source) is not { } counts)
            {
                yield return Diagnostic.Create(DiagnosticCatalog.InvalidBudget, budget.Location, "with these sizes more would be counted than 64 bits hold");
                continue;
            }
            foreach (var count in counts.Where(count => !budget.Allows(count.Value)).OrderByDescending(count => count.Value).Take(1))
            {
                var parts = count.Parts.Where(part => part.Value > 0).OrderByDescending(part => part.Value).ToList();
                string most = parts.Count == 0 ? "" : "; the most are in "
                    + string.Join(", ", parts.Take(Contributors).Select(part => $"{part.Name} ({Number(part.Value)})")) + (parts.Count > Contributors ? ", …" : "");
                yield return Diagnostic.Create(DiagnosticCatalog.BudgetExceeded, budget.Location,
                    count.Of, Number(count.Value), Unit(budget.Quantity), budget.Comparison, budget.Limit.ToString("#,0.######", CultureInfo.InvariantCulture), most,
                    budget.Message.Length == 0 ? "" : ": " + budget.Message);
            }
        }
    }

    /// <summary>The counts; null where one is beyond 64 bits.</summary>
    static List<Count>? CountsOrNull(NetworkModel network, Budget budget, SourceText source)
    {
        try
        {
            return [.. Counts(network, budget, source)];
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    static IEnumerable<Count> Counts(NetworkModel network, Budget budget, SourceText source)
    {
        var functions = network.Functions.Where(function => budget.Function is null || function.Name == budget.Function).Select(function => Pipeline.Run(network, function, Pipeline.BeforeLayouts)).ToList();
        switch (budget.Quantity)
        {
            case BudgetQuantity.Parameters:
            {
                var parameters = network.Variables.Where(variable => variable.Kind == VariableKind.Parameter).ToList();
                return [new(network.Name, parameters.Sum(variable => variable.Type.Shape.Size.Value), parameters
                    .GroupBy(variable => variable.Name.Contains('.') ? variable.Name.Substring(0, variable.Name.LastIndexOf('.')) : variable.Name)
                    .Select(group => (group.Key, group.Sum(variable => variable.Type.Shape.Size.Value))))];
            }
            case BudgetQuantity.Memory:
            {
                var parts = functions.Select(function => (function.Name, Value: NetworkSummary.WorkingMemory(BuildPlan.Run(Pipeline.Run(network, function)), budget.Sizes)))
                    .Concat(network.Variables.GroupBy(variable => variable.Kind == VariableKind.Parameter ? "parameters" : "state").Select(group => (
                        Name: group.Key,
                        Value: group.Sum(variable => NetworkSummary.Bytes(variable, budget.Sizes)))))
                    .ToList();
                return [new(budget.Function is null ? network.Name : $"{network.Name}.{budget.Function}", parts.Sum(part => part.Value), parts)];
            }
            case BudgetQuantity.Macs:
                return functions.Select(function =>
                {
                    var layers = NetworkSummary.MultiplyAddsByLayer(network, function, budget.Sizes).ToList();
                    return new Count($"{network.Name}.{function.Name}", layers.Sum(layer => layer.Value), layers);
                });
            default:
                return functions.Select(function =>
                {
                    var summary = NetworkSummary.Of(network, function, BuildPlan.Run(Pipeline.Run(network, function)), source, budget.Sizes, depth: 1);
                    return new Count($"{network.Name}.{function.Name}", summary.ActivationBytes, summary.Layers.Items.Select(layer => (layer.Name, layer.ActivationBytes)));
                });
        }
    }

    static string Unit(BudgetQuantity quantity) => quantity switch
    {
        BudgetQuantity.Parameters => "parameters",
        BudgetQuantity.Macs => "multiply-adds",
        BudgetQuantity.Activations => "bytes of activations",
        _ => "bytes",
    };

    static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
