@testable import KafkaPropagation

/// A record with a key and a number.
struct NumberedRecord: ScheduledRecord, Equatable {
    let key: String
    let number: Int

    func hasSameKey(as other: NumberedRecord) -> Bool { key == other.key }
}
