internal import CMALoggerShims

/// Binds task-locals without a closure.
///
/// `TaskLocal.withValue` runs its body as a function of its own. For an asynchronous body that is another frame, and
/// another look at the task's executor when the body returns: for a short job, they cost more than the binding.
///
/// A function that calls ``begin(_:_:as:)`` calls ``end()`` in the same scope, whatever happens. It must not be
/// generic: a task frees its memory in the reverse order, and a generic function may free a temporary value after the
/// binding.
enum TaskLocalBinding {
    /// Binds `object`, which is the value of the task-local or the only stored property of that value.
    ///
    /// - Parameters:
    ///   - key: The address of the `TaskLocal`.
    ///   - object: The object.
    ///   - type: The type of the task-local's value.
    @inline(__always)
    static func begin(_ key: UnsafeRawPointer, _ object: AnyObject, as type: Any.Type) {
        // The binding owns this reference.
        var reference = Unmanaged.passRetained(object)
        malogc_push_task_local(key, &reference, unsafeBitCast(type, to: UnsafeRawPointer.self))
    }

    @inline(__always)
    static func end() {
        malogc_pop_task_local()
    }

    /// The runtime's key for a task-local is the address of its object, which lives as long as the process.
    static func key<Value>(of local: TaskLocal<Value>) -> UnsafeRawPointer {
        UnsafeRawPointer(Unmanaged.passUnretained(local).toOpaque())
    }
}
