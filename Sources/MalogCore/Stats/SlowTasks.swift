/// The tasks that `monitorTask` has logged: for each name the number, the failures and the times, and the slowest runs.
struct SlowTasks {
    struct Task {
        var count = 0
        var failures = 0
        var seconds = 0.0
        var longest = 0.0
    }

    struct Run {
        let name: String
        let seconds: Double
        let trace: String
    }

    static let limit = 10_000
    static let runs = 100

    private(set) var tasks: [String: Task] = [:]
    /// The slowest runs, not sorted.
    private(set) var slowest: [Run] = []
    /// A run that is shorter is none of the slowest.
    private(set) var threshold = 0.0

    mutating func add(_ name: String, failed: Bool, seconds: Double) {
        guard tasks.count < Self.limit || tasks[name] != nil else { return }
        var task = tasks[name] ?? Task()
        task.count += 1
        task.failures += failed ? 1 : 0
        task.seconds += seconds
        task.longest = max(task.longest, seconds)
        tasks[name] = task
    }

    mutating func add(_ run: Run) {
        slowest.append(run)
        if slowest.count >= 2 * Self.runs { keepSlowest() }
    }

    private mutating func keepSlowest() {
        slowest = Array(slowest.sorted { $0.seconds > $1.seconds }.prefix(Self.runs))
        if slowest.count == Self.runs { threshold = slowest[Self.runs - 1].seconds }
    }

    mutating func add(_ other: SlowTasks) {
        for (name, task) in other.tasks {
            var sum = tasks[name] ?? Task()
            sum.count += task.count
            sum.failures += task.failures
            sum.seconds += task.seconds
            sum.longest = max(sum.longest, task.longest)
            tasks[name] = sum
        }
        slowest += other.slowest
        keepSlowest()
    }
}
