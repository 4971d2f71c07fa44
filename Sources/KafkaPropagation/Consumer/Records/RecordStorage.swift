/// A batch of records, as a ``RecordBuffer`` needs it.
protocol RecordStorage: AnyObject {
    /// Returns the number of bytes of the key and the value of a record.
    func byteCount(at index: Int) -> Int
}
