/// The texts of the program: standard output, or an array in a test.
package struct Output: ~Copyable {
    private var bytes: [UInt8] = []
    private let descriptor: Int32?
    private let limit = 1 << 16
    /// Whether the reader of the output has gone.
    private(set) var isClosed = false

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
        if !bytes.withUnsafeBytes({ System.write($0, to: descriptor) }) { isClosed = true }
        bytes.removeAll(keepingCapacity: true)
    }

    /// The collected texts.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}
