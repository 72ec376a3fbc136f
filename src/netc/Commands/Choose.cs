using NetCompiler.Reports;
using NetCompiler.Text;

namespace NetCompiler.CommandLine.Commands;

/// <summary>Finds what a command is about among what a file has, or says what there is.</summary>
internal static class Choose
{
    /// <summary>The network of that name; without a name the only one.</summary>
    public static NetworkOutline Network(string file, IReadOnlyList<NetworkOutline> networks, string? name)
    {
        if (networks.Count == 0)
            throw new UserErrorException($"{file} declares no network");
        if (name is null)
        {
            return networks.Count == 1 ? networks[0]
                : throw new UserErrorException($"{file} has {networks.Count} networks: choose one of {List(networks.Select(network => network.Name))} with --network");
        }
        return networks.FirstOrDefault(network => network.Name == name) ?? throw Unknown($"{file} has no network", name, networks.Select(network => network.Name));
    }

    /// <summary>The function of that name; without a name the one that predicts, else the first that does not train, else the first.</summary>
    public static FunctionOutline Function(NetworkOutline network, string? name)
    {
        if (network.Functions.Length == 0)
            throw new UserErrorException($"the network {network.Name} has no function");
        if (name is null)
        {
            return network.Functions.FirstOrDefault(function => function.Name == "predict")
                ?? network.Functions.FirstOrDefault(function => !function.Trains)
                ?? network.Functions[0];
        }
        return network.Functions.FirstOrDefault(function => function.Name == name)
            ?? throw Unknown($"{network.Name} has no function", name, network.Functions.Select(function => function.Name));
    }

    /// <summary>The error for a name that nothing has.</summary>
    public static UserErrorException Unknown(string what, string name, IEnumerable<string> names) =>
        new($"{what} '{name}'{Suggestions.DidYouMean(name, names)}{(Suggestions.Closest(name, names) is null ? $": there is {List(names)}" : "")}");

    static string List(IEnumerable<string> names) => string.Join(", ", names);
}
