{# A readable key from a name: lower case, digits and hyphens alone. Accents of Latin
   letters are dropped; signs that tell names apart become words. A name without any
   Latin letter or digit is named by its hash. #}
{% macro slug(text_value) -%}
    coalesce(
        nullif(
            trim(
                both '-'
                from regexp_replace(
                    replace(
                        replace(
                            translate(
                                lower({{ text_value }}),
                                'áàâäãåāçčéèêëēěíìîïīñńóòôöõøōřšśúùûüūýžźżłß',
                                'aaaaaaacceeeeeeiiiiinnooooooorssuuuuuyzzzls'
                            ),
                            '+', ' plus '
                        ),
                        '#', ' sharp '
                    ),
                    '[^a-z0-9]+', '-', 'g'
                )
            ),
            ''
        ),
        'x' || left(md5({{ text_value }}), 10)
    )
{%- endmacro %}

{# Letters and digits alone, in lower case and without accents: what spellings of one
   name have in common (ECML-PKDD, ECML PKDD and ecmlpkdd). A name without any Latin
   letter or digit stays as it is. #}
{% macro squeezed(text_value) -%}
    coalesce(
        nullif(
            regexp_replace(
                translate(
                    lower({{ text_value }}),
                    'áàâäãåāçčéèêëēěíìîïīñńóòôöõøōřšśúùûüūýžźżłß',
                    'aaaaaaacceeeeeeiiiiinnooooooorssuuuuuyzzzls'
                ),
                '[^a-z0-9]+', '', 'g'
            ),
            ''
        ),
        {{ text_value }}
    )
{%- endmacro %}

{# The name of a series without what names one edition of it: years, ordinals, and
   brackets that speak of a cycle or round ("ASPLOS 2027 (April Cycle)" is ASPLOS). #}
{% macro without_edition(text_value) -%}
    coalesce(
        nullif(
            trim(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(
                            regexp_replace(
                                {{ text_value }},
                                '\([^)]*\m(cycle|round|wave|deadline|issue \d+'
                                || '|phase \d+|call \d+)\M[^)]*\)',
                                ' ', 'gi'
                            ),
                            '(\m|(?<=[[:alpha:]]))(19|20)\d\d\M', ' ', 'g'
                        ),
                        '^\s*(the\s+)?(\d+(st|nd|rd|th)\s+)?(annual\s+)?', '', 'i'
                    ),
                    '\s+', ' ', 'g'
                )
            ),
            ''
        ),
        {{ text_value }}
    )
{%- endmacro %}

{# Of the values that editions give, the one that counts: still said, of the better
   authority, of the latest year, published last; then by order of the alphabet. For use beside `group by`. #}
{% macro best_known(expression) -%}
    (
        array_agg(
            {{ expression }}
            order by
                is_current desc, authority_rank, edition_year desc nulls last,
                first_seen_at desc, source_key, {{ expression }}
        ) filter (where {{ expression }} is not null)
    )[1]
{%- endmacro %}

{# The key of a series at dblp (conf/nips) from what lists write: the short name, or
   an address that holds it. #}
{% macro dblp_key(text_value) -%}
    case
        when {{ text_value }} ~ '(conf|journals)/[^/]+'
            then substring({{ text_value }} from '((?:conf|journals)/[^/?#]+)')
        when {{ text_value }} ~ '^[a-z0-9]+$' then 'conf/' || {{ text_value }}
    end
{%- endmacro %}

{# The words of a label in lower case, with blanks before, between and after them: what
   the patterns of label_rules are matched against. The readers of pages do the same
   with theirs, so that a pattern means one thing in both. #}
{% macro label_words(label_text) -%}
    (
        ' ' || trim(regexp_replace(lower({{ label_text }}), '[^[:alnum:]]+', ' ', 'g'))
        || ' '
    )
{%- endmacro %}
