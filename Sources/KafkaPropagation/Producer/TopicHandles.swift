internal import CMALoggerRDKafka
internal import Synchronization

/// librdkafka's handles of the topics to which a producer has sent.
///
/// With a handle, librdkafka neither looks up the topic's name for each message nor takes its lock for that. Any thread
/// may look up and add. A producer keeps the handles of its first topics; it sends to any further topic by name.
struct TopicHandles: ~Copyable, Sendable {
    private struct Node {
        /// The address of the next node, or 0.
        let next: UInt
        let topic: OpaquePointer
        /// The number of nodes from here to the end.
        let depth: Int
        /// The number of bytes of the name. They follow the node.
        let count: Int
    }

    private static let limit = 16

    /// The address of the newest node, or 0.
    private let newest = Atomic<UInt>(0)

    deinit {
        removeAll()
    }

    /// Returns the handle of the topic with this name, or nil if the producer sends to it by name.
    ///
    /// - Throws: `invalidArgument` if the name is empty or too long, or contains a NUL, at which C would end it.
    @inline(__always)
    func handle(of name: String, _ client: OpaquePointer) throws(KafkaError) -> OpaquePointer? {
        if let topic = find(name) { return topic }
        return try add(name, client)
    }

    @inline(__always)
    private func find(_ name: String) -> OpaquePointer? {
        var address = newest.load(ordering: .acquiring)
        if address == 0 { return nil }
        return name.utf8.withContiguousStorageIfAvailable { name in
            while let node = UnsafePointer<Node>(bitPattern: address) {
                if node.pointee.count == name.count, crdkafka_equal(node + 1, name.baseAddress, name.count) != 0 {
                    return node.pointee.topic
                }
                address = node.pointee.next
            }
            return nil
        } ?? nil
    }

    @inline(never)
    private func add(_ name: String, _ client: OpaquePointer) throws(KafkaError) -> OpaquePointer? {
        if name.isEmpty { throw KafkaError(.invalidArgument, "is not the name of a topic", subject: "\"\"") }
        try KafkaError.check(topic: name)
        guard depth(at: newest.load(ordering: .acquiring)) < Self.limit,
            let topic = rd_kafka_topic_new(client, name, nil)
        else { return nil }
        let bytes = Array(name.utf8)
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: MemoryLayout<Node>.size + bytes.count,
            alignment: MemoryLayout<Node>.alignment
        )
        (memory + MemoryLayout<Node>.size).copyMemory(from: bytes, byteCount: bytes.count)
        let node = memory.bindMemory(to: Node.self, capacity: 1)
        var next = newest.load(ordering: .acquiring)
        while true {
            node.initialize(to: Node(next: next, topic: topic, depth: depth(at: next) + 1, count: bytes.count))
            // If another thread adds the same topic meanwhile, both nodes stay. Each has its own reference.
            let (isAdded, found) = newest.compareExchange(
                expected: next,
                desired: UInt(bitPattern: node),
                ordering: .acquiringAndReleasing
            )
            if isAdded { return topic }
            next = found
        }
    }

    private func depth(at address: UInt) -> Int {
        UnsafePointer<Node>(bitPattern: address)?.pointee.depth ?? 0
    }

    /// Gives the handles back. Call it before the client is destroyed, when no thread sends any more.
    func removeAll() {
        var address = newest.exchange(0, ordering: .acquiringAndReleasing)
        while let node = UnsafeMutablePointer<Node>(bitPattern: address) {
            address = node.pointee.next
            rd_kafka_topic_destroy(node.pointee.topic)
            UnsafeMutableRawPointer(node).deallocate()
        }
    }
}
