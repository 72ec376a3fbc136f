using System.Collections.Immutable;
using System.Diagnostics;
using NetCompiler.Autodiff;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Rewrites;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Verification;

/// <summary>
/// A function as the program says it, before any pass, in float64: what the compiled function should give, and what its gradients are.
/// </summary>
internal sealed class ProgramReference
{
    // How often the function is computed with disturbed intermediate values, by which share of what is allowed to a single operator
    // (seen errors are far below that), and how many times their effect a result may be away.
    const int Disturbances = 4;
    const double Share = 0.25, Margin = 2;

    readonly NetworkModel _network;
    readonly FunctionModel _function;
    readonly IReadOnlyDictionary<string, long> _symbols;
    readonly double _convolutionError;
    readonly Dictionary<Node, ReferenceTensor> _leaves = [];

    /// <param name="network">The network as it is bound.</param>
    /// <param name="function">The function of it.</param>
    /// <param name="symbols">The value of each symbolic dimension.</param>
    /// <param name="arguments">The arguments by name.</param>
    /// <param name="compiled">The compiled network, whose variables give the values from before the call.</param>
    /// <param name="convolutionError">The most that the algorithm of a convolution may add to its roundings, relative to the largest Σ|x||w|.</param>
    public ProgramReference(NetworkModel network, FunctionModel function, IReadOnlyDictionary<string, long> symbols, IReadOnlyDictionary<string, object> arguments, Network compiled,
        double convolutionError)
    {
        _network = network;
        _function = function;
        _symbols = symbols;
        _convolutionError = convolutionError;
        foreach (var node in Node.Reachable(_function.Roots))
        {
            var data = node.Operator switch
            {
                FunctionArgument argument => TensorMemory.Numbers(arguments[argument.Argument]),
                VariableRead read => VariableValues.Of(compiled[read.Variable.Name]),
                TrainingFlag => [function.Trains ? 1 : 0],
                _ => null,
            };
            if (data is not null)
                _leaves.Add(node, new ReferenceTensor([.. node.Shape.Dims.Select(dim => (int)dim.Evaluate(symbols))], data));
        }
    }

    /// <summary>The results in float64, with what the roundings of a computation in the declared types change of them.</summary>
    public IEnumerable<(string Name, bool IsUpdate, double[] Expected, double Allowed)> Results()
    {
        var exact = Evaluate(null, 0);
        var disturbed = Enumerable.Range(0, Disturbances).Select(run => Evaluate(new Random(run), Share)).ToList();
        (string, bool, double[], double) Result(string name, bool isUpdate, Node node)
        {
            var values = exact[node].Data;
            double largest = values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
            double moved = disturbed.Select(run => run[node].Data.Zip(values, (a, b) => a.Equals(b) ? 0 : Math.Abs(a - b)).DefaultIfEmpty(0).Max()).Max();
            double unit = Node.Reachable(_function.Roots).Where(node => node.Element.IsFloat()).Select(node => ErrorBounds.Unit(node.Element)).DefaultIfEmpty(0).Max();
            return (name, isUpdate, values, node.Element.IsFloat() ? Margin * moved + 4 * unit * largest : moved);
        }
        return
        [
            .. _function.Outputs.Select(output => Result(output.Name, false, output.Value)),
            .. _function.Updates.Select(update => Result(update.Variable.Name, true, update.Value)),
        ];
    }

    /// <summary>All nodes, each moved at random by as much as its own roundings may.</summary>
    Dictionary<Node, ReferenceTensor> Evaluate(Random? random, double scale)
    {
        var bounds = new ErrorBounds(_symbols, node => node.Operator is Convolution && node.Element == DType.F32 ? _convolutionError : 0);
        var values = new Dictionary<Node, ReferenceTensor>(_leaves);
        foreach (var node in Node.Reachable(_function.Roots))
        {
            if (values.ContainsKey(node) || node.Operator is Scan)
                continue;
            if (random is null || node.Operator is ScanResult)
            {
                values[node] = ReferenceEvaluator.Evaluate([node], _symbols, values)[0];
                if (random is not null)
                    Disturb(values[node], random, i => scale * ScanError((Scan)node.Inputs[0].Operator, node, values[node].Data[i]));
                continue;
            }
            var local = node.Inputs.Distinct().ToDictionary(input => input, input => BoundedTensor.Given(values[input]));
            bounds.Evaluate([node], local);
            values[node] = local[node].Value;
            Disturb(values[node], random, i => scale * local[node].Error.Data[i]);
        }
        return values;
    }

    // What the steps of a scan round is not looked into: as many roundings as a sum over the steps has, of some operators each.
    double ScanError(Scan scan, Node node, double value) =>
        16 * (8 + 4 * Math.Sqrt(scan.Length.Evaluate(_symbols))) * ErrorBounds.Unit(node.Element) * Math.Abs(value);

    static void Disturb(ReferenceTensor tensor, Random random, Func<int, double> by)
    {
        for (int i = 0; i < tensor.Data.Length; i++)
        {
            double error = by(i);
            if (error != 0 && double.IsFinite(error))
                tensor.Data[i] += error * (2 * random.NextDouble() - 1);
        }
    }

    /// <summary>Compares the gradients of each float scalar that the function gives with differences, at some elements of each parameter.</summary>
    /// <param name="samples">How many elements of each parameter, at most.</param>
    /// <param name="seconds">About how long it may take; of a large network fewer elements are compared, and not of all parameters.</param>
    public IEnumerable<GradientVerdict> Gradients(int samples, double seconds)
    {
        foreach (var output in _function.Outputs.Where(output => output.Value.Shape.IsScalar && output.Value.Element.IsFloat()))
        {
            var nodes = Node.Reachable([output.Value]);
            var parameters = nodes.Where(node => node.Operator is VariableRead { Variable.Kind: Graph.VariableKind.Parameter } && node.Element.IsFloat()).ToList();
            // Such a gradient is what the program says it is, and not a limit of differences, to which rounding is a staircase.
            if (parameters.Count == 0 || Scan.WithBodies(nodes).Any(node => node.Operator is CustomGradient or RoundAtRandom || node.Operator is Cast && (node.Element == DType.F16 || node.Element == DType.BF16)))
                continue;
            // What gradients do not pass is a constant for them.
            if (Scan.WithBodies(nodes).Except(nodes).Any(node => node.Operator is StopGradient))
                continue;
            ImmutableArray<Node> barriers = [.. nodes.Where(node => node.Operator is StopGradient)];
            var held = ReferenceEvaluator.Evaluate(barriers, _symbols, _leaves);
            var constants = new Dictionary<Node, ReferenceTensor>(_leaves);
            for (int i = 0; i < barriers.Length; i++)
                constants[barriers[i]] = held[i];
            var result = Differentiator.Gradients(_network.Builder, output.Value, [.. parameters], null, Stabilise.Before);
            if (result.Problems.Any(problem => problem.Kind == DifferentiationProblemKind.Refused || problem.Kind == DifferentiationProblemKind.Blocked && parameters.Count == result.Problems.Length))
                continue;
            var gradients = ReferenceEvaluator.Evaluate(result.Gradients, _symbols, _leaves);
            long start = Stopwatch.GetTimestamp();
            ReferenceEvaluator.Evaluate([output.Value], _symbols, _leaves);
            // A difference takes four evaluations.
            double affordable = Math.Max(1, seconds / (4 * Stopwatch.GetElapsedTime(start).TotalSeconds));
            int each = (int)Math.Clamp(affordable / parameters.Count, 1, samples);
            int every = (int)Math.Ceiling(parameters.Count / Math.Min(affordable, parameters.Count));
            for (int i = 0; i < parameters.Count; i += every)
                yield return Compare(output, parameters[i], gradients[i], constants, each);
        }
    }

    GradientVerdict Compare(Graph.Output output, Node parameter, ReferenceTensor gradient, Dictionary<Node, ReferenceTensor> constants, int samples)
    {
        // Near the cube root of float64's epsilon, where truncation (by the square of it) and rounding (by its inverse) are of one size.
        const double step = 1.0 / (1 << 16), epsilon = 1.0 / (1L << 52), terms = 4096, kink = 1e-4;
        var random = new Random(parameter.Id);
        int compared = 0, atKinks = 0;
        double loss = ReferenceEvaluator.Evaluate([output.Value], _symbols, _leaves)[0].Data[0];
        string? problem = null;
        for (int sample = 0; sample < Math.Min(samples, gradient.Data.Length) && problem is null; sample++)
        {
            int element = random.Next(gradient.Data.Length);
            double near = Quotient(step), far = Quotient(2 * step);
            // The quotients err by c·h² and 4c·h²: their distance is three times the truncation error of the nearer one.
            double truncation = Math.Abs(far - near);
            if (!(truncation <= kink * (1e-3 + Math.Abs(near))))
            {
                atKinks++;
                continue;
            }
            compared++;
            double allowed = truncation + terms * epsilon * (1 + Math.Abs(loss)) / step + 1e-9 * Math.Abs(near);
            if (!(Math.Abs(gradient.Data[element] - near) <= allowed))
            {
                string at = gradient.Dims.Length == 0 ? "" : $" at [{string.Join(", ", gradient.Position(element))}]";
                problem = FormattableString.Invariant($"the gradient{at} is {gradient.Data[element]:G9}, but differences give {near:G9} ± {allowed:0.#e0}");
            }

            double Quotient(double h) => (Loss(h) - Loss(-h)) / (2 * h);

            double Loss(double change)
            {
                var moved = new ReferenceTensor(_leaves[parameter].Dims, _leaves[parameter].Data);
                moved.Data[element] += change;
                return ReferenceEvaluator.Evaluate([output.Value], _symbols, new Dictionary<Node, ReferenceTensor>(constants) { [parameter] = moved })[0].Data[0];
            }
        }
        return new GradientVerdict(output.Name, ((VariableRead)parameter.Operator).Variable.Name, compared, atKinks, problem);
    }
}
