extension ParallelConsumer.KeyDisclosure {
    private static let maximumBytes = 256

    /// The key as lines show it.
    func text(of key: [UInt8]?) -> String? {
        guard let key else { return nil }
        switch backing {
        case .none: return nil
        case .hash:
            let hash = key.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
            let digits = String(hash, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        case .text:
            let start = key.prefix(Self.maximumBytes)
            // A character that was cut does not make the rest binary.
            let cuts = key.count > start.count ? 0..<4 : 0..<1
            return cuts.lazy.compactMap { String(validating: start.dropLast($0), as: UTF8.self) }.first
                ?? Base64.text(of: Array(start))
        }
    }
}
