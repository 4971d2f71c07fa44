import MALogger

// A program that crashes while its streams are captured. A test runs it, because the Swift runtime reads the settings
// of its backtraces when a program starts.
setupLogging()
print("before the crash")

@inline(never)
func crash(_ numbers: [Int]) -> Int { numbers[numbers.count] }

print(crash([1, 2, 3]))
