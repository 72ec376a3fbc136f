using Spectre.Console;

namespace NetCompiler.CommandLine.Output;

/// <summary>Shows tuning as it goes: a bar on a terminal, a line for each kernel elsewhere.</summary>
internal sealed class TuningDisplay(Terminal terminal)
{
    /// <summary>Runs <paramref name="tune"/>, which tells what it measures next and what came of it.</summary>
    /// <param name="kernels">How many kernels there are.</param>
    /// <param name="tune">Calls its arguments before and after each kernel.</param>
    public void Show(int kernels, Action<Action<string>, Action<string>> tune)
    {
        if (!terminal.Out.Profile.Capabilities.Interactive || !terminal.Out.Profile.Capabilities.Ansi)
        {
            tune(_ => { }, line => terminal.Write(line + "\n"));
            return;
        }
        terminal.Out.Progress()
            .AutoClear(false)
            .Columns(new ProgressBarColumn { Width = 24 }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                var bar = context.AddTask("measuring", maxValue: kernels);
                tune(next => bar.Description = Markup.Escape(next), _ => bar.Increment(1));
                bar.Description = "done";
            });
    }
}
