extension ContextSnapshot {
    /// Whether nothing is registered, so that a snapshot is only a context.
    package static var isOnlyContext: Bool { ContextRegistrations.isEmpty }

    /// Makes every later snapshot carry one more value, over every bridge of this module.
    ///
    /// When to use it: for a value that only functions of its owner can bind. For a task-local use ``register(_:_:)``.
    /// The owner of the value calls this function once, when the program starts. Code that only reads the value calls
    /// nothing.
    ///
    ///     ContextSnapshot.register(
    ///         "tenant",
    ///         capture: { Tenant.current },
    ///         run: { tenant, body in Tenant.with(tenant) { body() } },
    ///         runAsync: { tenant, body in await Tenant.with(tenant) { await body() } }
    ///     )
    ///
    /// Snapshots that already exist do not change. The work of a bridge runs exactly once, even if `run` calls its body
    /// never or twice.
    ///
    /// - Parameters:
    ///   - name: The name of the registration. A second registration with the same name changes nothing.
    ///   - capture: Returns the value that the snapshot carries, or nil if there is none.
    ///   - run: Binds the value and runs the body immediately, exactly one time.
    ///   - runAsync: Binds the value and runs an asynchronous body. The body must stay on its caller's actor, so every
    ///     function that gets it must be `nonisolated(nonsending)`.
    /// - Returns: Whether this call registered the value. It is false if the name was already registered.
    @discardableResult
    public static func register<Value: Sendable>(
        _ name: String,
        capture: @escaping @Sendable () -> Value?,
        run: @escaping @Sendable (Value, () -> Void) -> Void,
        runAsync: @escaping @Sendable (Value, nonisolated(nonsending) () async -> Void) async -> Void
    ) -> Bool {
        register(name, capturing: { _ in capture() }, run: run, runAsync: runAsync)
    }

    /// Makes every later snapshot carry this task-local, over every bridge of this module.
    ///
    ///     ContextSnapshot.register("tenant", Tenant.$current)
    ///
    /// - Parameters:
    ///   - name: The name of the registration. A second registration with the same name changes nothing.
    ///   - local: The task-local. Its default value is carried too, so that work never sees the value of the code that
    ///     runs it.
    /// - Returns: Whether this call registered the task-local. It is false if the name was already registered.
    @discardableResult
    public static func register<Value: Sendable>(_ name: String, _ local: TaskLocal<Value>) -> Bool {
        register(
            name,
            capturing: { _ in local.get() },
            run: { value, body in local.withValue(value) { body() } },
            runAsync: { value, body in await local.withValue(value) { await body() } }
        )
    }

    @discardableResult
    package static func register<Value: Sendable>(
        _ name: String,
        capturing capture: @escaping @Sendable (CapturePlace) -> Value?,
        run: @escaping @Sendable (Value, () -> Void) -> Void,
        runAsync: @escaping @Sendable (Value, nonisolated(nonsending) () async -> Void) async -> Void
    ) -> Bool {
        ContextRegistrations.add(name, ContextPair(capture: capture, run: run, runAsync: runAsync))
    }
}
