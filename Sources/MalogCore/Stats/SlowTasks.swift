/// The tasks that `monitorTask` has logged: for each name the number, the failures and the times, and the slowest runs.
///
/// It keeps the names with the longest total times, as ``NameCounts`` keeps the most frequent texts.
struct SlowTasks {
    struct Task {
        var count = 0
        var failures = 0
        var seconds = 0.0
        var longest = 0.0
        /// The longest total time that the task can have had before it came into the table.
        var before = 0.0
    }

    struct Run {
        let name: String
        let seconds: Double
        let trace: String
    }

    /// The number of names that are kept when there are twice as many.
    static let limit = 10_000
    static let runs = 100

    private(set) var tasks: [String: Task] = [:]
    /// The runs that no task of the table counts.
    private(set) var others = 0
    /// The longest total time that a task which is not in the table can have.
    private var longestOther = 0.0
    /// The slowest runs, not sorted.
    private(set) var slowest: [Run] = []
    /// A run that is shorter is not one of the slowest.
    private(set) var threshold = 0.0

    mutating func add(_ name: String, failed: Bool, seconds: Double, trace: String?) {
        let name = Self.shortened(name)
        var task = tasks[name] ?? Task(before: longestOther)
        task.count += 1
        task.failures += failed ? 1 : 0
        task.seconds += seconds
        task.longest = max(task.longest, seconds)
        tasks[name] = task
        if tasks.count >= 2 * Self.limit { keepLongest() }
        guard seconds > threshold else { return }
        slowest.append(Run(name: name, seconds: seconds, trace: Self.shortened(trace ?? "N/A")))
        if slowest.count >= 2 * Self.runs { keepSlowest() }
    }

    /// A copy of the beginning, so that a long text takes little memory.
    private static func shortened(_ text: String) -> String {
        text.utf8.count <= NameCounts.lengthLimit
            ? text : String(decoding: text.utf8.prefix(NameCounts.lengthLimit), as: UTF8.self)
    }

    private mutating func keepLongest() {
        let sorted = tasks.sorted { one, other in
            let (first, second) = (one.value.seconds + one.value.before, other.value.seconds + other.value.before)
            return first != second ? first > second : one.key < other.key
        }
        for (_, task) in sorted[Self.limit...] {
            others += task.count
            longestOther = max(longestOther, task.seconds + task.before)
        }
        tasks = Dictionary(uniqueKeysWithValues: sorted[..<Self.limit].map { ($0.key, $0.value) })
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
            sum.before += task.before
            tasks[name] = sum
        }
        others += other.others
        longestOther += other.longestOther
        if tasks.count >= 2 * Self.limit { keepLongest() }
        slowest += other.slowest
        keepSlowest()
    }
}
