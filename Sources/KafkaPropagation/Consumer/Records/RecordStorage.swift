/// Records that came together, as a ``RecordBuffer`` sees them.
protocol RecordStorage: AnyObject {
    /// The bytes of the key and the value of a record.
    func byteCount(at index: Int) -> Int
}
