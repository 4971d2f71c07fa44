import Foundation

/// The variables that an orchestrator sets for a service: its name and the IDs of the run. The program sets those that
/// its user did not set, so that each line shows all fields.
enum ProcessVariables {
    /// Sets the variables. Call it before any other code reads the environment.
    static func setDefaults() {
        set("SERVICE_NAME", "quickstart", unless: ["OTEL_SERVICE_NAME"])
        set(
            "EXECUTION_ID",
            "run-\(String(UInt32.random(in: .min ... .max), radix: 36))",
            unless: ["KESTRA_EXECUTION_ID"]
        )
        set("TASK_ID", "quickstart", unless: ["KESTRA_TASK_ID"])
        set("TRACING_ID", UUID().uuidString.lowercased(), unless: ["CORRELATION_ID", "TRACEPARENT"])
    }

    private static func set(_ name: String, _ value: String, unless others: [String]) {
        let environment = ProcessInfo.processInfo.environment
        // An empty variable counts as unset.
        guard ([name] + others).allSatisfy({ (environment[$0] ?? "").isEmpty }) else { return }
        setenv(name, value, 1)
    }
}
