/// Finds the changes between two frames of a camera. It is the heavy operation of this example.
enum MotionDetector {
    /// The part of the picture in which pixels changed.
    struct Motion: Sendable {
        let changedPixels: Int
        let columns: ClosedRange<Int>
        let rows: ClosedRange<Int>
    }

    static func motion(from before: Frame, to frame: Frame) -> Motion? {
        let new = blurred(frame.pixels)
        let old = blurred(before.pixels)
        var changed = 0
        var columns: ClosedRange<Int>?
        var rows: ClosedRange<Int>?
        for row in 0..<Frame.height {
            for column in 0..<Frame.width {
                let index = row * Frame.width + column
                guard abs(Int(new[index]) - Int(old[index])) > 24 else { continue }
                changed += 1
                columns = min(columns?.lowerBound ?? column, column)...max(columns?.upperBound ?? column, column)
                rows = min(rows?.lowerBound ?? row, row)...max(rows?.upperBound ?? row, row)
            }
        }
        guard let columns, let rows else { return nil }
        return Motion(changedPixels: changed, columns: columns, rows: rows)
    }

    /// Replaces each pixel by the mean of it and its neighbours, so that noise does not count as motion.
    private static func blurred(_ pixels: [UInt8]) -> [UInt8] {
        var result = pixels
        for row in 1..<Frame.height - 1 {
            for column in 1..<Frame.width - 1 {
                var sum = 0
                for vertical in -1...1 {
                    for horizontal in -1...1 {
                        sum += Int(pixels[(row + vertical) * Frame.width + column + horizontal])
                    }
                }
                result[row * Frame.width + column] = UInt8(sum / 9)
            }
        }
        return result
    }
}
