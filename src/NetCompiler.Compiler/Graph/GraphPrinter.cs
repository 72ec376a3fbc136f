using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using NetCompiler.Operators;

namespace NetCompiler.Graph;

/// <summary>
/// Functions as text, one node a line: the form of <c>netc dump</c> and of snapshots. Each result follows what it is computed from,
/// so that a chain reads from top to bottom however the nodes came about. What no result reaches is not shown.
/// </summary>
internal static class GraphPrinter
{
    public static string Print(NetworkModel network)
    {
        var text = new StringBuilder();
        text.Append($"network {network.Name}\n");
        foreach (var variable in network.Variables)
            text.Append($"  {variable.Kind.ToString().ToLowerInvariant()} {variable.Name} : {variable.Type}{Comment(variable.Origin)}\n");
        foreach (var function in network.Functions)
            text.Append('\n').Append(Print(function));
        return text.ToString();
    }

    public static string Print(FunctionModel function)
    {
        var nodes = InReadingOrder(function.Roots);
        var numbers = Numbers(nodes, "%");

        var text = new StringBuilder();
        string arguments = string.Join(", ", function.Arguments.Select(argument => $"{argument.Name}: {argument.Type}"));
        text.Append($"function {function.Name}({arguments}){(function.Trains ? " trains" : "")}{Comment(function.Origin)}\n");
        foreach (var check in function.Checks)
            text.Append($"  check {check.Left} {(check.AtMost ? "<=" : "==")} {check.Right}\n");
        foreach (var node in nodes)
            Append(text, node, numbers, "  ");
        foreach (var output in function.Outputs)
            text.Append($"  output {output.Name} = {numbers[output.Value]}\n");
        foreach (var update in function.Updates)
            text.Append($"  update {update.Variable.Name} = {numbers[update.Value]}\n");
        return text.ToString();
    }

    static Dictionary<Node, string> Numbers(List<Node> nodes, string prefix)
    {
        var numbers = new Dictionary<Node, string>();
        foreach (var node in nodes)
            numbers.Add(node, prefix + numbers.Count.ToString(CultureInfo.InvariantCulture));
        return numbers;
    }

    /// <summary>The node, and below it what a scan does in each step: the values of its body have the number of the scan before their own.</summary>
    static void Append(StringBuilder text, Node node, Dictionary<Node, string> numbers, string indent)
    {
        text.Append($"{indent}{Line(node, numbers)}{Comment(node.Origin)}\n");
        if (node.Operator is not Scan scan)
            return;
        var body = InReadingOrder(scan.Body);
        var inner = Numbers(body, numbers[node] + ".");
        foreach (var step in body)
            Append(text, step, inner, indent + "  ");
        for (int i = 0; i < scan.Body.Length; i++)
            text.Append($"{indent}  {(i < scan.Carries ? "next" : "yield")} {inner[scan.Body[i]]}\n");
    }

    /// <summary>Operands before their user, the first operand first. Without recursion: graphs may be deep.</summary>
    static List<Node> InReadingOrder(IEnumerable<Node> results)
    {
        var order = new List<Node>();
        var seen = new HashSet<Node>();
        var path = new Stack<(Node Node, int Next)>();
        foreach (var result in results)
        {
            if (seen.Add(result))
                path.Push((result, 0));
            while (path.Count > 0)
            {
                var (node, next) = path.Pop();
                if (next == node.Inputs.Length)
                {
                    order.Add(node);
                    continue;
                }
                path.Push((node, next + 1));
                if (seen.Add(node.Inputs[next]))
                    path.Push((node.Inputs[next], 0));
            }
        }
        return order;
    }

    static string Line(Node node, Dictionary<Node, string> numbers)
    {
        string name = node.Operator.Name, attributes = node.Operator.ToString().Substring(name.Length);
        string inputs = string.Join(", ", node.Inputs.Select(input => numbers[input]));
        return $"{numbers[node]} = {name}{(inputs.Length == 0 ? "" : " ")}{inputs}{attributes}{(node.Type == TensorType.Bundle ? "" : $" : {node.Type}")}";
    }

    static string Comment(Origin origin)
    {
        string place = origin.Path.Length == 0 ? "" : $"({FileName(origin.Path)}:{origin.Line.ToString(CultureInfo.InvariantCulture)})";
        string comment = string.Join(" ", new[] { origin.Name, place }.Where(part => part.Length > 0));
        return comment.Length == 0 ? "" : "  // " + comment;
    }

    // The folder depends on the machine, and dumps are compared.
    static string FileName(string path) => path.Substring(path.LastIndexOfAny(['/', '\\']) + 1);
}
