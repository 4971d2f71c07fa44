#if SwiftLog
public import Logging
import Synchronization

extension SwiftLogHandler {
    /// Writes `[redacted]` for every metadata value whose attributes say that it is secret. It *replaces* the condition
    /// of an earlier call.
    ///
    /// When to use it: with a package that adds an attribute for sensitive values to swift-log, which has only the
    /// mechanism for attributes (SLG-0004). Call it once, after `setupLogging()`. To name the secret keys instead, set
    /// the variable `LOG_REDACT`.
    ///
    ///     SwiftLogHandler.redact { $0[Sensitivity.self] == .sensitive }
    ///
    /// - Parameter isSecret: Returns whether a value with these attributes is secret. Every thread that logs calls it.
    public static func redact(where isSecret: @escaping @Sendable (Logger.MetadataValueAttributes) -> Bool) {
        MetadataRedaction.set(isSecret)
    }
}

/// The condition of ``SwiftLogHandler/redact(where:)``.
enum MetadataRedaction {
    private final class Condition: Sendable {
        let isSecret: @Sendable (Logger.MetadataValueAttributes) -> Bool

        init(_ isSecret: @escaping @Sendable (Logger.MetadataValueAttributes) -> Bool) {
            self.isSecret = isSecret
        }
    }

    /// The address of the condition, or 0. A condition is never freed, because another thread may be using one that was
    /// replaced.
    private static let address = Atomic<UInt>(0)

    static func set(_ isSecret: @escaping @Sendable (Logger.MetadataValueAttributes) -> Bool) {
        address.store(UInt(bitPattern: Unmanaged.passRetained(Condition(isSecret)).toOpaque()), ordering: .releasing)
    }

    static func redacts(_ value: Logger.MetadataValue) -> Bool {
        guard let pointer = UnsafeRawPointer(bitPattern: address.load(ordering: .acquiring)) else { return false }
        return Unmanaged<Condition>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.isSecret(value.attributes) }
    }
}
#endif
