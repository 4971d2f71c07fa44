internal import ContextLog
internal import ContextPropagation

/// Reports a broker that does not answer as a WARNING line with everything that its reader needs. librdkafka reports
/// some of the causes only at INFO, and some not at all.
///
/// The thread of a client looks at it in each round.
struct ConnectionWatch: Sendable {
    private let log: Log
    private let client: ClientHandle
    private let callbacks: ClientCallbacks
    private let servers: String
    private var state = ConnectionWatchState(now: MonotonicTime.now)

    init(
        _ client: ClientHandle,
        _ callbacks: ClientCallbacks,
        properties: [NativeConfiguration.Property],
        log: Log
    ) {
        self.client = client
        self.callbacks = callbacks
        self.log = log
        servers = NativeConfiguration.servers(of: properties)?.value ?? ""
    }

    /// Looks at the connection, and writes a line if one is due. It never blocks on a broker.
    ///
    /// - Parameters:
    ///   - waiting: The number of messages without a report; nil for a consumer.
    ///   - progress: A number that grows with each delivered message.
    mutating func look(waiting: @autoclosure () -> Int?, progress: @autoclosure () -> Int) {
        let now = MonotonicTime.now
        guard state.isDue(now: now) else { return }
        let connection = callbacks.connection
        let waiting = waiting()
        guard let signs = ConnectionWatchState.Signs(connection, waiting: waiting ?? 0, progress: progress()) else {
            return
        }
        switch state.look(signs, now: now) {
        case .none:
            break
        case .ask:
            callbacks.probe.ask(client, connection)
        case .warn(let seconds):
            callbacks.probe.ask(client, connection)
            warn(seconds, waiting)
        case .recovered(let seconds):
            log.notice("a broker answers again") { fields in
                fields.client = client.name
                fields.seconds = seconds
            }
        }
    }

    private func warn(_ seconds: Int, _ waiting: Int?) {
        let text = callbacks.connection.trouble
        let fault = ConnectionFault(text)
        let wait = waiting.map { "\($0) \($0 == 1 ? "message waits" : "messages wait")" } ?? "no records come"
        let brokers = servers.isEmpty ? "no broker" : "no broker of \(servers)"
        log.warning("\(brokers) has answered for \(seconds) s, and \(wait): \(fault.reason); check \(fault.variables)")
        {
            fields in
            fields.client = client.name
            fields.brokers = servers
            fields.seconds = seconds
            fields.waiting = waiting
            fields.last_error = text
        }
    }
}
