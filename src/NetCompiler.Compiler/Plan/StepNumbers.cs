using System.Collections.Generic;
using System.Collections.Immutable;

namespace NetCompiler.Plan;

/// <summary>The numbers by which observers know the steps of a function: in order, those of a scan's body after the scan itself.</summary>
internal sealed class StepNumbers
{
    readonly Dictionary<Step, int> _numbers = new(ReferenceComparer<Step>.Instance);
    readonly List<Step> _steps = [];

    public StepNumbers(ImmutableArray<Step> steps) => Add(steps);

    /// <summary>All steps; each stands at its number.</summary>
    public IReadOnlyList<Step> Steps => _steps;

    public int this[Step step] => _numbers[step];

    void Add(ImmutableArray<Step> steps)
    {
        foreach (var step in steps)
        {
            _numbers.Add(step, _steps.Count);
            _steps.Add(step);
            if (step is ScanStep scan)
                Add(scan.Body.Steps);
        }
    }
}
