"""Words for made-up communities: names from many places, titles, genres, tags."""

FIRST_NAMES = tuple(
    """
    Ana Björn Chidi Dilnoza Esra Farid Giulia Hana Ivo Jelena Kofi Leïla Mateo Nadia Olu Paloma Quentin Rosa
    Samir Tuuli Uma Viktor Wanjiru Ximena Yuki Zeynep Anouk Bashir Carmen Deniz Elif Femi Greta Hamza Ines Jonas
    Kaia Lina Mirko Noor Odalys Priya Rasmus Soledad Tariq Ulla Vera Wim Yara Zoë
    """.split()
)
NAME_ENDS = tuple(
    """
    Abara Bergström Castro Demir Eriksen Farouk Gomes Haddad Ibsen Jovanović Kimani Lindqvist Moreau Nakamura
    Okafor Petrović Quispe Rahman Sørensen Tanaka Usman Vasquez Weiss Yılmaz Zheng and-the-Tide Ensemble Machine
    Orchestra Trio
    """.split()
)
TITLE_STARTS = tuple(
    """
    Midnight Amber Hollow Paper Northern Velvet Electric Salt Quiet Broken Golden Distant Slow Winter Concrete
    Glass Violet Borrowed Sunken Static Feral Lunar Tidal Rusted Silver Second Last Early Cold Burning
    Weightless Parallel
    """.split()
)
TITLE_ENDS = tuple(
    """
    harbour machines garden letters weather signal orchard corridor rooms engine river transmission shadow
    kitchen window tramline radio meadow antenna staircase cinema avenue lantern tide mountain postcard
    satellite ballroom
    """.split()
)
GENRES = {
    "music": ("Ambient", "Techno", "Folk", "Jazz", "House", "Post-rock", "Hip-hop", "Neoclassical", "Dub", "Indie"),
    "screen": ("Short film", "Animation", "Documentary", "Music video", "Experimental"),
    "voice": ("Podcast", "Audio drama", "Interview", "Field recording", "Poetry"),
}
TAGS = tuple(
    """
    night slow live tape modular piano field summer rain city voice drums lofi analog dream winter train sea
    dance study
    """.split()
)
