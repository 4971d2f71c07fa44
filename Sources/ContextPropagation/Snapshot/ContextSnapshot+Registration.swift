extension ContextSnapshot {
    /// Lets every snapshot from now on carry one more value, over every bridge of this module.
    ///
    /// Whoever owns the value calls this once, when the program starts. For a task-local ``register(_:_:)`` is enough;
    /// this one is for values that only their owner's functions can bind. Whoever only *uses* the value has nothing to
    /// do.
    ///
    ///     ContextSnapshot.register(
    ///         "tenant",
    ///         capture: { Tenant.current },
    ///         run: { tenant, body in Tenant.with(tenant) { body() } },
    ///         runAsync: { tenant, body in await Tenant.with(tenant) { await body() } }
    ///     )
    ///
    /// Snapshots that exist already do not change. A body that is not run, or run twice, is run once all the same.
    ///
    /// - Parameters:
    ///   - name: Tells registrations apart: a second one of the same name changes nothing.
    ///   - capture: The value at the place of capture; nil where there is nothing to carry.
    ///   - run: Runs its body at once, exactly one time, with the value bound.
    ///   - runAsync: The same for an asynchronous body, which must stay on its caller's actor: what it calls is
    ///     `nonisolated(nonsending)`.
    /// - Returns: Whether it was registered: false where the name was there before.
    @discardableResult
    public static func register<Value: Sendable>(
        _ name: String,
        capture: @escaping @Sendable () -> Value?,
        run: @escaping @Sendable (Value, () -> Void) -> Void,
        runAsync: @escaping @Sendable (Value, nonisolated(nonsending) () async -> Void) async -> Void
    ) -> Bool {
        register(name, capturing: { _ in capture() }, run: run, runAsync: runAsync)
    }

    /// Lets every snapshot from now on carry this task-local, over every bridge of this module.
    ///
    ///     ContextSnapshot.register("tenant", Tenant.$current)
    ///
    /// - Parameters:
    ///   - name: Tells registrations apart: a second one of the same name changes nothing.
    ///   - local: Its value is bound also where it is its default: work in another's scope does not see that one's
    ///     value.
    /// - Returns: Whether it was registered: false where the name was there before.
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
