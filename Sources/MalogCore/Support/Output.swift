/// The texts of the program: standard output, or an array in a test.
package struct Output: ~Copyable {
    private var bytes: [UInt8] = []
    private let descriptor: Int32?
    private let limit = 1 << 16
    /// The error number of the first text that could not be written. Later texts are dropped.
    private var failure: Int32?

    /// Whether nothing more can be written.
    var isClosed: Bool { failure != nil }

    /// The reason why texts are lost. It is nil if only the reader has gone, as in `malog tail | head`.
    var fault: System.Failure? {
        guard let failure, failure != System.closedPipe else { return nil }
        return System.Failure("standard output", failure)
    }

    /// - Parameter descriptor: Nil collects the texts.
    package init(descriptor: Int32?) {
        self.descriptor = descriptor
    }

    package mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        flushIfFull()
    }

    mutating func append(_ more: UnsafeBufferPointer<UInt8>) {
        bytes.append(contentsOf: more)
        flushIfFull()
    }

    mutating func append(_ byte: UInt8) {
        bytes.append(byte)
    }

    private mutating func flushIfFull() {
        if bytes.count >= limit { flush() }
    }

    package mutating func flush() {
        guard let descriptor, !bytes.isEmpty else { return }
        if !isClosed { failure = bytes.withUnsafeBytes { System.write($0, to: descriptor) } }
        bytes.removeAll(keepingCapacity: true)
    }

    /// The collected texts.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}
