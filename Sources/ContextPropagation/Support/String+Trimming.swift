extension String {
    /// Makes a text without the blanks, tabs and carriage returns at its ends. Bytes that are not UTF-8 become U+FFFD.
    package init(trimming bytes: some Collection<UInt8>) {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        self.init(decoding: bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed(), as: UTF8.self)
    }
}
