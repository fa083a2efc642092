// Which upstream a user belongs to.
// Must not look anything up outside the settings: a host that they do not name is never dialled.

extension RelayConfiguration {
    /// The upstream for a user, or the only one for everybody; nil where no route matches.
    func upstream(for user: [UInt8]?) -> Upstream? {
        guard !routes.isEmpty, let user else { return upstreams.first }
        guard let route = routes.first(where: { $0.matches(user) }) else { return nil }
        return upstreams.first { $0.name == route.upstream }
    }

    /// Whether the upstream depends on the user.
    var isRouted: Bool { !routes.isEmpty }
}

extension RelayConfiguration.Route {
    /// Glob matching in linear time for one star, and without backtracking over more than the last star.
    package func matches(_ name: [UInt8]) -> Bool {
        let pattern = Array(user.utf8).map(\.asciiLowercased)
        let name = name.map(\.asciiLowercased)
        var inPattern = 0
        var inName = 0
        var star: (pattern: Int, name: Int)?
        while inName < name.count {
            if inPattern < pattern.count, pattern[inPattern] == 0x2A {
                star = (inPattern + 1, inName)
                inPattern += 1
            } else if inPattern < pattern.count, pattern[inPattern] == 0x3F || pattern[inPattern] == name[inName] {
                inPattern += 1
                inName += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                inPattern = last.pattern
                inName = last.name + 1
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == 0x2A }
    }
}

extension UInt8 {
    fileprivate var asciiLowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self + 0x20 : self }
}
