/// A greyscale picture.
struct Frame: Sendable {
    static let width = 160
    static let height = 90

    let camera: Int
    let number: Int
    var pixels: [UInt8]
}

/// A frame in the format of a camera: run lengths and values, two bytes each.
struct EncodedFrame: Sendable {
    let camera: Int
    let number: Int
    let bytes: [UInt8]

    /// Makes the picture of a camera: a bright square that moves through a dark scene.
    init(camera: Int, number: Int) {
        self.camera = camera
        self.number = number
        let left = (number * 3 + camera * 17) % (Frame.width - Self.square)
        let top = (number + camera * 11) % (Frame.height - Self.square)
        var bytes: [UInt8] = []
        for row in 0..<Frame.height {
            if row < top || row >= top + Self.square {
                bytes += [UInt8(Frame.width), 16]
            } else {
                bytes += [UInt8(left), 16, UInt8(Self.square), 235, UInt8(Frame.width - left - Self.square), 16]
            }
        }
        self.bytes = bytes
    }

    private static let square = 12

    func decoded() throws(DecodingFault) -> Frame {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(Frame.width * Frame.height)
        for index in stride(from: 0, to: bytes.count - 1, by: 2) {
            pixels.append(contentsOf: repeatElement(bytes[index + 1], count: Int(bytes[index])))
        }
        guard pixels.count == Frame.width * Frame.height else {
            throw DecodingFault(number: number, pixels: pixels.count)
        }
        return Frame(camera: camera, number: number, pixels: pixels)
    }
}

struct DecodingFault: Error {
    let number: Int
    let pixels: Int
}
