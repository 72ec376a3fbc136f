namespace NetCompiler.CommandLine;

/// <summary>The user asked for something that cannot be done; the message says what and how to go on. Exit code 1.</summary>
/// <param name="message">The whole explanation; empty where it has been printed already.</param>
internal sealed class UserErrorException(string message) : Exception(message);
