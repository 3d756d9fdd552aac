BBBBBBB BBBBBBBBBBB
BBBB BBBB
BBBBB BBBBB
   gettext(u'Wording of papers') 
BBBBBBBB BBBBB
BBBBB BBBBBBB
  XXXX XXXXXXXXXXXXXXXXXX
    XXXX gettext(u'Wording of papers') XXXXX
    BBBBBBB BBBBBBBBBBBBBBBBBBBBBBB BBBB BBBBBBBBBBBBBBBB
  XXXXXX
  XXXXXXXX XXXXXXXXXXXXX XXXXXXXXXXXX gettext(u'Wording of papers') XX
    XXXX XXXXXXXXXXXXXXXXXXXXX
      XXXXXX XXXXXXXXXXXXX
        XXXXXXX
          XXXX
            XXXX gettext(u'Paper') XXXXX
            XXXX gettext(u'Language') XXXXX
            XXXX gettext(u'For') XXXXX
            XXX XXXXXXXXXXXX gettext(u'Version') XXXXX
            XXXX gettext(u'By') XXXXX
            XXXX gettext(u'Since') XXXXX
            XXXX gettext(u'Why') XXXXX
          XXXXX
        XXXXXXXX
        XXXXXXX
          BBB BBB BB BBBBBBBBB
            XXXX
              XXXX
                XX XXXXXXBBB BBBBBBBBBBBBBBBB BBBBBBBB BBBBBBBBBBBBBB BBBBBBBBBBBBBBBXXXXXXXXXXBBBBBXXXXXX
                BB BBB BBBBBBBBBBXXXXX XXXXXXXXXXXX gettext(u'given up') XXXXXXXBBBBB
              XXXXX
              XXXX
                BB BBBBBBBBBBBB BB BBBB
                   gettext(u'English') 
                BBBB
                   gettext(u'Simplified Chinese') 
                BBBBB
              XXXXX
              XXXX
                BB BBBBBBBBBBBB
                  
                BBBB
                   gettext(u'all creditors') 
                BBBBB
              XXXXX
              XXX XXXXXXXXXXXXXXXXX
              XXXXFFFFFFFFFFFXXXXX
              XXX XXXXXXXXXXXXXXXFFFFFFFFFFFFXXXXX
              XXXXFFFFFFFFFFFXXXXX
            XXXXX
          BBBBBB
        XXXXXXXX
      XXXXXXXX
    XXXXXX
  XXXXXXXXXX
BBBBBBBB BBBBBBB
