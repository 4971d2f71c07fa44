internal import Synchronization

/// Keeps the headers of a context as bytes, for each list of formats that injects the context more than once.
///
/// Most contexts travel in one message, so the first injection only sets a flag, and the second one keeps the bytes. A
/// context that is never injected pays for two words. Any thread may read and add. The bytes live as long as the slot.
struct InjectionSlot: ~Copyable, Sendable {
    private let headers = RenderingSlot()
    private let wasInjected = Atomic<Bool>(false)

    /// Returns the headers that were kept for these formats.
    func headers(for key: RenderingKey) -> PackedHeaders? {
        headers.rendering(for: key).map { PackedHeaders(bytes: $0) }
    }

    /// Returns false in the first call, and true in every later one.
    func noteInjection() -> Bool {
        if wasInjected.load(ordering: .relaxed) { return true }
        wasInjected.store(true, ordering: .relaxed)
        return false
    }

    /// Keeps a copy of the headers for these formats.
    func keep(_ packed: PackingCarrier, for key: RenderingKey) -> PackedHeaders {
        PackedHeaders(bytes: packed.bytes.withUnsafeBufferPointer { headers.add($0, for: key) })
    }

    /// Empties the slot without freeing anything: a thread that was interrupted may be reading the bytes.
    func abandon() {
        headers.abandon()
    }
}
