/// Maps the time of a trace to places from 0 to 1.
///
/// A long time in which nothing happens, such as a message's in a topic, would press everything else into one column.
/// Such a gap gets a small part of the width, and is marked.
package struct TimeAxis: Sendable {
    package struct Gap: Sendable {
        package let seconds: Double
        package let start: Double
        package let end: Double

        var middle: Double { (start + end) / 2 }
    }

    private struct Piece {
        let start: Double
        let length: Double
        let place: Double
        let width: Double
        let isGap: Bool
    }

    private static let gapWidth = 0.14
    private var pieces: [Piece] = []
    private let origin: Timestamp
    private let total: Double
    /// The seconds that are drawn to scale.
    private let busySeconds: Double

    package init(_ tree: TraceTree) {
        origin = tree.start
        let total = max(tree.seconds, 1e-9)
        self.total = total
        // The times of lines without a measured end do not tell that work went on between them.
        let busy = tree.nodes.flatMap { node -> [(start: Double, end: Double)] in
            if node.isMeasured {
                return [(node.start.seconds(since: tree.start), node.end.seconds(since: tree.start))]
            }
            return node.lines.map {
                let time = $0.time.seconds(since: tree.start)
                return (time, time)
            }
        }.sorted { $0.start < $1.start }
        var gaps: [(start: Double, end: Double)] = []
        var latest = 0.0
        for interval in busy {
            if interval.start - latest > total * 0.2 { gaps.append((latest, interval.start)) }
            latest = max(latest, interval.end)
        }
        let width = gaps.isEmpty ? 0 : Self.gapWidth
        let rest = total - gaps.reduce(0) { $0 + $1.end - $1.start }
        busySeconds = max(rest, 1e-9)
        let scale = (1 - width * Double(gaps.count)) / max(rest, 1e-9)
        var time = 0.0
        var place = 0.0
        for gap in gaps {
            let length = gap.start - time
            pieces.append(Piece(start: time, length: length, place: place, width: length * scale, isGap: false))
            place += length * scale
            pieces.append(Piece(start: gap.start, length: gap.end - gap.start, place: place, width: width, isGap: true))
            place += width
            time = gap.end
        }
        pieces.append(Piece(start: time, length: total - time, place: place, width: 1 - place, isGap: false))
    }

    package func place(_ time: Timestamp) -> Double {
        let seconds = time.seconds(since: origin)
        let piece = pieces.last { $0.start <= seconds } ?? pieces[0]
        guard piece.length > 0 else { return piece.place }
        return min(1, max(0, piece.place + piece.width * min(1, (seconds - piece.start) / piece.length)))
    }

    package var gaps: [Gap] {
        pieces.filter(\.isGap).map { Gap(seconds: $0.length, start: $0.place, end: $0.place + $0.width) }
    }

    /// A few places with their times since the start, to label the axis.
    package func ticks(_ count: Int) -> [(place: Double, seconds: Double)] {
        var ticks: [(place: Double, seconds: Double)] = []
        for index in 0...max(1, count) {
            let place = Double(index) / Double(max(1, count))
            let piece = pieces.last { $0.place <= place } ?? pieces[0]
            if piece.isGap { continue }
            let share = piece.width > 0 ? min(1, (place - piece.place) / piece.width) : 0
            ticks.append((place, piece.start + piece.length * share))
        }
        return ticks
    }

    /// The ticks that have a label. A label beside a gap would cover the label of the gap.
    var labelledTicks: [(place: Double, seconds: Double)] {
        let gaps = gaps
        return ticks(4).filter { tick in !gaps.contains { abs($0.middle - tick.place) < 0.09 } }
    }

    /// A time since the start, with the unit of the whole and with as many digits as the drawing can show: `3.1034 s`.
    package func offset(_ seconds: Double) -> String {
        if seconds == 0 { return "0" }
        let (factor, unit) = total >= 1 ? (1.0, "s") : total >= 0.001 ? (1e3, "ms") : (1e6, "µs")
        var digits = 0
        var step = busySeconds * factor / 200
        // The text has a column for at most eight digits.
        let limit = total >= 100_000 ? 0 : total >= 1000 ? 2 : 6 - min(3, "\(Int(total * factor))".count)
        while step < 1, digits < limit {
            digits += 1
            step *= 10
        }
        return "\(NumberText.fixed(seconds * factor, digits)) \(unit)"
    }

    /// The time of a line, with a plus sign.
    package func offset(_ time: Timestamp) -> String {
        let seconds = time.seconds(since: origin)
        return (seconds > 0 ? "+" : "") + offset(seconds)
    }
}
