from rest_framework.negotiation import BaseContentNegotiation


class AlwaysJSON(BaseContentNegotiation):
    """Speak JSON whatever the headers say: agents' HTTP clients send all sorts of them.

    Another parser is chosen only where a view has one for exactly the given Content-Type.
    """

    def select_parser(self, request, parsers):
        given = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == given), parsers[0])

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type
