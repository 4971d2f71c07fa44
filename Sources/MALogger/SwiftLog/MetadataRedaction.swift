#if SwiftLog
public import Logging

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

    private static let condition = InstalledObject<Condition>()

    static func set(_ isSecret: @escaping @Sendable (Logger.MetadataValueAttributes) -> Bool) {
        condition.install(Condition(isSecret))
    }

    static func redacts(_ value: Logger.MetadataValue) -> Bool {
        condition.object?.isSecret(value.attributes) ?? false
    }
}
#endif
