using Xunit;

// All tests share the one emulated device, which is not safe for several threads at once.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
