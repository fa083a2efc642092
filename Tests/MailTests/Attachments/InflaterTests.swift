// Deflate: what real packers make, cut at every octet, and what is none.
// Must not test archives.

import Testing

@testable import Mail

@Suite struct InflaterTests {
    private static let squares = (0..<300).map { "\($0 * $0)" }.joined(separator: ",")

    /// Packed by zlib: with codes of its own, with fixed ones.
    static let dynamic = """
        JZTLAcMwCEMXysH8DN5/serRS+MmgIUkOJ99+b3P7uf1xf3yfTe/sc/O+cz1zNRXRTyFKMZLz3lfeCpe2YrL1HPyK39f9f2u4q6e
        rf+t96PvT3HvUleJdlTBTKWMmuYqbsEtyXXFvRcAFyQtRDYJBiH0AwoDsZ/3eZz8PI8JmTL8cmreDV+f4oKMUH1AC3moXqQqB3dE
        67YY3RtPCPIIS4IqQ/gyhTSvMGfTLW3UUT9lNBx0rC9f0XM1p6d39+irskxsKuOWcm+ryh3V61OQo4zWnV+X7u0Wgn7CMlA/LnyT
        aHGFeUboH30oQiehFJvq8s1ZrSDr+J7zQPBVhGhWsBl5Zh6cEx7tQqkN7Ppf6YBzL+j3Rgl/K8rqE1krEKrFQ8C0u94gVyg5zyCd
        8vQbIsKWE6vhfPf9DWLuxl+otN46ndTsrd+Pu2bvleicF887YHuL8605HvjVs3rxQ19+GoPY3yGBRQwenGTZBX78bxOHNw/jfeT6
        qInPzc2gTsK8HEP9Qg95n9xCJZe6en/RzgVc8auodzEhjc6uLjAi6mtmyH14wl+JBxEsTmTOxqJwFedxNlwl9IoJx2uyLUZ1HBhh
        TF7gywiVlpW5VxI9zng4KrBzrbMv+sry6/fB+r1T0JeBmJ0NDShnJkbynh2Fs7PNdJ/c8+h9GjOH+AwJuVKOteHMZ4arvv7rLu2E
        3QzMsrQRniwmPKsZsLsTdi8j1myD7NohY0dol5A77I18Kq1fdkkdY8CWq7LD2XbnyApsH/aQ/jOiwW6qGNWsZF9pSnVXFfdKocfI
        stdKblRMs+u0u8gdjY1+S72UjKOYJ+iaafq9p9Q7pGrKTatAY37Ez11f3dhz7PvcmNz42tzaOpeatK6Y5q6794o1YUAivX9gE0rW
        w9lNccAvmOwPo692euztt4PetU3EQyecdMFP7wzKN5zv7uOGz2647eW5B841dqo5By3moMvsbh5Dr3G0G0fHCTSd1Vcbij1V6D6F
        BwRfPU7TrwZXvc/gmRn8M9pc9gM=
        """
    /// Three hundred thousand octets that begin like an archive.
    static let bomb = """
        7cExEQAACASgQdu5fAX7l7CHB2SqFwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAHjk=
        """
    private static let repeated = "y0jNyclXyEAnAQ=="

    static func octets(_ base64: String) -> [UInt8] {
        var output: [UInt8] = []
        Base64.decode(Array(base64.utf8).span, into: &output)
        return output
    }

    private func inflate(
        _ octets: [UInt8],
        upTo limit: Int = 1 << 20,
        costLimit: Int = 1 << 20
    ) -> (Inflater.Outcome, [UInt8], cost: Int) {
        var inflater = Inflater(octets, in: 0..<octets.count, upTo: limit, costLimit: costLimit)
        let outcome = inflater.run()
        return (outcome, inflater.output, inflater.cost)
    }

    @Test(arguments: [(dynamic, squares), (repeated, "hello hello hello hello")])
    func whatWasPackedIsUnpacked(packed: String, text: String) {
        let (outcome, output, _) = inflate(Self.octets(packed))
        #expect(outcome == .complete)
        #expect(String(decoding: output, as: UTF8.self) == text)
    }

    @Test(arguments: [dynamic, repeated])
    func whatBreaksOffIsDamagedAndABeginning(packed: String) {
        let octets = Self.octets(packed)
        let whole = inflate(octets).1
        for count in 0..<octets.count {
            let (outcome, output, _) = inflate(Array(octets[..<count]))
            #expect(outcome == .damaged)
            // The last code may have been made up of bits that are not there.
            #expect(whole.starts(with: output.dropLast(output.count > 258 ? 258 : output.count)))
        }
    }

    @Test func noMoreIsMadeThanMayBe() {
        let length = Self.squares.utf8.count
        #expect(inflate(Self.octets(Self.dynamic), upTo: length).0 == .complete)
        let (outcome, output, _) = inflate(Self.octets(Self.dynamic), upTo: length - 1)
        #expect(outcome == .tooLong)
        #expect(output.count == length - 1)
    }

    @Test func blocksThatMakeNothingCostSomething() {
        let blocks = [UInt8]((0..<100).flatMap { _ in [0, 0, 0, 0xFF, 0xFF] as [UInt8] }) + [1, 0, 0, 0xFF, 0xFF]
        #expect(inflate(blocks, costLimit: 101 * Mail.Limits.deflateBlockCost).0 == .complete)
        #expect(inflate(blocks, costLimit: 101 * Mail.Limits.deflateBlockCost - 1).0 == .tooLong)
    }

    /// Each is wrong in one way.
    private static let wrong: [(name: String, octets: [UInt8])] = [
        ("a block of no kind", [0x07]),
        ("a length that its complement does not confirm", [0x01, 1, 0, 0, 0, 0x41]),
        ("more literals than there are", [0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("a distance to before the beginning", [0x03, 0x02, 0, 0]),
        ("codes without room", [0x05, 0xE0, 0x93, 0x24, 0x49, 0x92, 0x24, 0x49, 0x92, 0x24, 0x49, 0x92]),
    ]

    @Test(arguments: wrong.indices)
    func isDamaged(index: Int) {
        #expect(inflate(Self.wrong[index].octets).0 == .damaged, "\(Self.wrong[index].name)")
    }
}
